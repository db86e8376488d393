using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Volley.Cli.Terminal;

/// <summary>One of the program's output descriptors.</summary>
internal interface IOutputFile
{
    /// <summary>Whether it is a terminal.</summary>
    bool IsTerminal { get; }

    /// <summary>Says which file is behind it: two descriptors of the same file have the same.</summary>
    string Identity { get; }

    /// <summary>Whether a write never waits for a reader: a file on a disk, or nothing at all.</summary>
    bool IsAlwaysReady { get; }

    /// <summary>The columns and lines of the terminal; a usual size if it tells none.</summary>
    (int Columns, int Lines) Size { get; }

    /// <summary>Writes some of the bytes, waiting for room.</summary>
    /// <exception cref="OutputException">Nobody reads it any more, or it takes no more.</exception>
    int Write(ReadOnlySpan<byte> data);
}

/// <summary>A descriptor that the program was started with.</summary>
internal sealed unsafe class OutputFile(int descriptor) : IOutputFile
{
    private readonly bool _isInherited = Posix.IsInherited(descriptor);

    public bool IsTerminal { get; } = Posix.IsTerminal(descriptor);

    // In the place of a descriptor that was closed is /dev/null, which is not what the user redirected it to.
    public string Identity { get; } =
        (Posix.IsOpenForWriting(descriptor) ? new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget : null) ?? $"descriptor {descriptor}";

    // Pipes, sockets and terminals can't be moved about in.
    public bool IsAlwaysReady { get; } = Posix.Seek(descriptor, 0, Posix.SeekCurrent) >= 0;

    public (int Columns, int Lines) Size => (Posix.Columns(descriptor) ?? 80, Posix.Lines(descriptor) ?? 24);

    public int Write(ReadOnlySpan<byte> data)
    {
        // A descriptor that was closed has become the runtime's own.
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
        // A terminal that was closed; its signal may come later, or go to a shell only.
        Posix.InputOutputError when IsTerminal => OutputFailure.HungUp,
        _ => OutputFailure.Fault,
    };
}

/// <summary>Why a file takes no more output.</summary>
internal enum OutputFailure
{
    /// <summary>Something is wrong with the file, such as a full disk.</summary>
    Fault,

    /// <summary>It is a pipe that nobody reads any more.</summary>
    ReaderLeft,

    /// <summary>It is a terminal that was closed.</summary>
    HungUp,
}

/// <summary>A file takes no more output.</summary>
/// <param name="failure">Why.</param>
/// <param name="message">What the system says.</param>
internal sealed class OutputException(OutputFailure failure, string message) : Exception(message)
{
    public OutputFailure Failure { get; } = failure;
}
