using System.Text;

namespace Volley.Testing;

/// <summary>
/// A program on a terminal of its own: a new session whose controlling terminal is a pseudo-terminal that the test holds.
/// A typed Ctrl+C (<see cref="ControlC"/>) is therefore a real one: the kernel sends SIGINT to the foreground group.
/// </summary>
public sealed class PtyProgram : IAsyncDisposable
{
    /// <summary>What the key Ctrl+C types.</summary>
    public const string ControlC = "\x03";

    /// <summary>What the key Ctrl+D types: end of file at the start of a line.</summary>
    public const string ControlD = "\x04";

    private const nuint SetWindowSizeRequest = 0x5414; // TIOCSWINSZ

    private readonly int _master;
    private readonly Child _child;
    private readonly DescriptorReader _screen;
    private readonly DescriptorReader? _stdout;
    private bool _disposed;

    private PtyProgram(int master, Child child, DescriptorReader? stdout)
    {
        _master = master;
        _child = child;
        _screen = new(master, new Transcript());
        _stdout = stdout;
    }

    public int ProcessId => _child.ProcessId;

    /// <summary>Everything that came to the terminal, the echo of what was typed included.</summary>
    public string Transcript => _screen.Transcript.Text;

    /// <summary>The same, as bytes.</summary>
    public byte[] TranscriptBytes => _screen.Transcript.Bytes;

    /// <summary>Standard output, where <see cref="ProgramStart.StdoutToPipe"/> parted it from the terminal.</summary>
    public Transcript Stdout =>
        _stdout?.Transcript ?? throw new InvalidOperationException("stdout is the terminal or a file; ask for StdoutToPipe");

    /// <summary>The exit code as a shell shows it: 128 + N for a program that signal N ended.</summary>
    public Task<int> Exit => _child.Exit;

    public static PtyProgram Start(ProgramStart start)
    {
        var master = Libc.Check(Libc.OpenTerminal(Libc.ReadWrite | Libc.NoControllingTerminal | Libc.CloseOnExec));
        Libc.Check(Libc.GrantTerminal(master));
        Libc.Check(Libc.UnlockTerminal(master));
        SetSize(master, start.Columns, start.Rows);

        // A session leader that opens a terminal without O_NOCTTY gets it as its controlling terminal: tty(4).
        List<ChildDescriptor> descriptors = [new(0, NameOf(master), Libc.ReadWrite)];
        DescriptorReader? stdout = null;
        var output = -1;
        if (start.StdoutToPipe)
        {
            (var read, output) = Libc.Pipe();
            stdout = new(read, new Transcript(), start.HoldStdout);
            descriptors.Add(new(1, Ours: output));
        }
        else
        {
            descriptors.Add(start.StdoutFile is { } file ? ProgramRun.OutputFile(1, file) : new(1, Ours: 0));
        }
        descriptors.Add(new(2, Ours: 0));

        try
        {
            return new(master, new Child(Spawn.Start(start, [.. descriptors])), stdout);
        }
        catch
        {
            _ = Libc.Close(master);
            stdout?.Dispose();
            throw;
        }
        finally
        {
            // Ours would keep the pipe from ending with the program.
            if (output >= 0)
                _ = Libc.Close(output);
        }
    }

    /// <summary>Types keys; a line ends with <c>\r</c>, as the key Enter sends it.</summary>
    public void Type(string keys)
    {
        if (!Libc.Write(_master, Encoding.UTF8.GetBytes(keys)))
            throw new IOException($"the terminal takes no input; all that came:\n{Transcript}");
    }

    /// <inheritdoc cref="Testing.Transcript.ReadUntilAsync"/>
    public Task<string> ReadUntilAsync(string text, TimeSpan? limit = null) => _screen.Transcript.ReadUntilAsync(text, limit);

    /// <summary>Waits for the exit code; the terminal's output is complete afterwards unless something else still holds it.</summary>
    /// <exception cref="TimeoutException">It still runs (default 20 s); the message holds the whole transcript.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        var code = await _child.WaitAsync(limit, () => Transcript).ConfigureAwait(false);
        await _screen.Transcript.ReadToEndAsync(limit).ConfigureAwait(false);
        return code;
    }

    /// <summary>Signals the program alone, not its group as a key would.</summary>
    public void Signal(int signal) => _child.Signal(signal);

    /// <summary>Changes the terminal's size; the foreground group gets SIGWINCH.</summary>
    public void Resize(int columns, int rows) => SetSize(_master, columns, rows);

    /// <summary>Starts to read the stdout that <see cref="ProgramStart.HoldStdout"/> paused.</summary>
    public void ReadStdout() => _stdout?.Begin();

    /// <summary>Closes the read end of a stdout that is a pipe: the program's next write meets EPIPE.</summary>
    public void CloseStdout()
    {
        if (_stdout is null)
            return;
        _stdout.Close();
        PipeReaders.WaitUntilNone(ProcessId, 1);
    }

    /// <summary>Ends everything in the program's session.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _child.KillSessionAsync().ConfigureAwait(false);
        _screen.Dispose();
        _stdout?.Dispose();
    }

    private static unsafe string NameOf(int master)
    {
        Span<byte> name = stackalloc byte[128];
        fixed (byte* start = name)
            Libc.Check(-Libc.TerminalName(master, start, (nuint)name.Length));
        return Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
    }

    private static void SetSize(int master, int columns, int rows) =>
        Libc.Check(Libc.SetWindowSize(master, SetWindowSizeRequest,
            new() { Columns = (ushort)columns, Rows = (ushort)rows }));
}
