using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Cli.Terminal;

/// <summary>An output descriptor of the program.</summary>
internal interface IOutputFile
{
    /// <summary>Whether the file is a terminal.</summary>
    bool IsTerminal { get; }

    /// <summary>The identity of the file, equal for two descriptors of the same file.</summary>
    string Identity { get; }

    /// <summary>Whether a write never blocks, as for a regular file or /dev/null.</summary>
    bool IsAlwaysReady { get; }

    /// <summary>The columns and lines of the terminal; 80 by 24 if it does not report them.</summary>
    (int Columns, int Lines) Size { get; }

    /// <summary>Writes at least some of the bytes, and blocks until there is room for them.</summary>
    /// <exception cref="OutputException">The reader left, or the file can't be written.</exception>
    int Write(ReadOnlySpan<byte> data);
}

/// <summary>A descriptor that the program inherited.</summary>
internal sealed class OutputFile : IOutputFile
{
    private readonly int _descriptor;
    private readonly SafeFileHandle _file;
    private readonly bool _isInherited;

    public OutputFile(int descriptor)
    {
        _descriptor = descriptor;
        _file = Descriptor.Standard(descriptor);
        _isInherited = Descriptor.IsInherited(_file);
        IsTerminal = TerminalCalls.IsTerminal(descriptor);
        // A closed descriptor was replaced by /dev/null, which the user did not choose: don't report that as the identity.
        Identity = (Descriptor.IsOpenForWriting(_file) ? new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget : null) ?? $"descriptor {descriptor}";
        // Pipes, sockets and terminals are not seekable.
        IsAlwaysReady = Descriptor.CanSeek(_file);
    }

    public bool IsTerminal { get; }

    public string Identity { get; }

    public bool IsAlwaysReady { get; }

    public (int Columns, int Lines) Size => (TerminalCalls.Columns(_descriptor) ?? 80, TerminalCalls.Lines(_descriptor) ?? 24);

    public int Write(ReadOnlySpan<byte> data)
    {
        // If the descriptor was closed at the start, its number now belongs to a file of the runtime.
        if (!_isInherited)
            throw new OutputException(OutputFailure.Fault, Errno.Text(Errno.BadDescriptor));
        var count = Descriptor.WriteSome(_file, data);
        return count >= 0 ? count : throw new OutputException(Kind(-count), Errno.Text(-count));
    }

    private OutputFailure Kind(int error) => error switch
    {
        Errno.BrokenPipe => OutputFailure.ReaderLeft,
        // The terminal was closed. SIGHUP can come later, or reach only the shell.
        Errno.InputOutput when IsTerminal => OutputFailure.HungUp,
        _ => OutputFailure.Fault,
    };
}

/// <summary>The reasons why a file accepts no more output.</summary>
internal enum OutputFailure
{
    /// <summary>An error of the file, such as a full disk.</summary>
    Fault,

    /// <summary>The reader of the pipe closed it.</summary>
    ReaderLeft,

    /// <summary>The terminal was closed.</summary>
    HungUp,
}

/// <summary>The exception for a file that accepts no more output.</summary>
/// <param name="failure">The reason.</param>
/// <param name="message">The system's error message.</param>
internal sealed class OutputException(OutputFailure failure, string message) : Exception(message)
{
    public OutputFailure Failure { get; } = failure;
}
