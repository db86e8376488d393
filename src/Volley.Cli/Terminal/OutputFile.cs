using System.ComponentModel;
using System.Runtime.InteropServices;

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
internal sealed unsafe class OutputFile(int descriptor) : IOutputFile
{
    private readonly bool _isInherited = Posix.IsInherited(descriptor);

    public bool IsTerminal { get; } = Posix.IsTerminal(descriptor);

    // A closed descriptor was replaced by /dev/null, which the user did not choose: don't report that as the identity.
    public string Identity { get; } =
        (Posix.IsOpenForWriting(descriptor) ? new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget : null) ?? $"descriptor {descriptor}";

    // Pipes, sockets and terminals are not seekable.
    public bool IsAlwaysReady { get; } = Posix.Seek(descriptor, 0, Posix.SeekCurrent) >= 0;

    public (int Columns, int Lines) Size => (Posix.Columns(descriptor) ?? 80, Posix.Lines(descriptor) ?? 24);

    public int Write(ReadOnlySpan<byte> data)
    {
        // If the descriptor was closed at the start, its number now belongs to a file of the runtime.
        if (!_isInherited)
            throw new OutputException(OutputFailure.Fault, new Win32Exception(Posix.BadDescriptorError).Message);
        while (true)
        {
            nint count;
            fixed (byte* start = data)
                count = Posix.Write(descriptor, start, (nuint)data.Length);
            if (count >= 0)
                return (int)count;
            var error = Marshal.GetLastPInvokeError();
            if (error == Posix.TryAgainError)
                Posix.WaitWritable(descriptor);
            else if (error != Posix.InterruptedError)
                throw new OutputException(Kind(error), new Win32Exception(error).Message);
        }
    }

    private OutputFailure Kind(int error) => error switch
    {
        Posix.BrokenPipeError => OutputFailure.ReaderLeft,
        // The terminal was closed. SIGHUP can come later, or reach only the shell.
        Posix.InputOutputError when IsTerminal => OutputFailure.HungUp,
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
