using System.Diagnostics;
using System.Text;

namespace Volley.Testing;

/// <summary>How a program ended and what it wrote.</summary>
/// <param name="ExitCode">As a shell shows it: 128 + N for a program that signal N ended.</param>
public sealed record ProgramResult(int ExitCode, byte[] StdoutBytes, byte[] StderrBytes, TimeSpan Elapsed)
{
    public string Stdout => Encoding.UTF8.GetString(StdoutBytes);

    public string Stderr => Encoding.UTF8.GetString(StderrBytes);

    public override string ToString() => $"exit {ExitCode}\n--- stdout\n{Stdout}\n--- stderr\n{Stderr}";
}

/// <summary>A program with pipes for its three streams, in a session of its own without a terminal.</summary>
public sealed class ProgramRun : IAsyncDisposable
{
    // O_WRONLY, O_CREAT, O_TRUNC
    private const int CreateAndEmpty = 0x1 | 0x40 | 0x200;

    private readonly Child _child;
    private readonly DescriptorReader? _stdout;
    private readonly DescriptorReader _stderr;
    private readonly Lock _inputLock = new();
    private int _input;
    private Task _feeding = Task.CompletedTask;
    private bool _disposed;

    private ProgramRun(Child child, int input, DescriptorReader? stdout, DescriptorReader stderr)
    {
        _child = child;
        _input = input;
        _stdout = stdout;
        _stderr = stderr;
    }

    public int ProcessId => _child.ProcessId;

    public Transcript Stdout => _stdout?.Transcript ?? throw new InvalidOperationException("stdout goes to a file");

    public Transcript Stderr => _stderr.Transcript;

    /// <summary>The exit code as a shell shows it: 128 + N for a program that signal N ended.</summary>
    public Task<int> Exit => _child.Exit;

    /// <summary>Runs the built program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time (default 20 s) and was killed; the message holds all that it wrote.</exception>
    public static Task<ProgramResult> RunAsync(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? stdin = null,
        string? workingDirectory = null, TimeSpan? limit = null)
    {
        var start = ProgramStart.Volley(arguments) with { WorkingDirectory = workingDirectory };
        if (environment is not null)
            start = start with { Environment = environment };
        return RunAsync(stdin is null ? start : start.WithInput(stdin), limit);
    }

    /// <summary>Runs a program to its end; without <see cref="ProgramStart.Input"/> its standard input is empty.</summary>
    /// <inheritdoc cref="RunAsync(IReadOnlyList{string}, IReadOnlyDictionary{string, string?}?, string?, string?, TimeSpan?)"/>
    public static async Task<ProgramResult> RunAsync(ProgramStart start, TimeSpan? limit = null)
    {
        var clock = Stopwatch.StartNew();
        await using var run = Start(start with { Input = start.Input ?? ReadOnlyMemory<byte>.Empty });
        var code = await run.WaitForExitAsync(limit).ConfigureAwait(false);
        return new(code, run._stdout?.Transcript.Bytes ?? [], run.Stderr.Bytes, clock.Elapsed);
    }

    /// <summary>Starts a program and leaves it to the test.</summary>
    public static ProgramRun Start(ProgramStart start)
    {
        var stdin = Libc.Pipe();
        var stderr = Libc.Pipe();
        var stdout = start.StdoutFile is null ? Libc.Pipe() : (Read: -1, Write: -1);
        try
        {
            var process = Spawn.Start(start,
            [
                new(0, Ours: stdin.Read),
                start.StdoutFile is { } file ? OutputFile(1, file) : new(1, Ours: stdout.Write),
                new(2, Ours: stderr.Write),
            ]);
            var run = new ProgramRun(new(process), stdin.Write,
                stdout.Read < 0 ? null : new(stdout.Read, new Transcript(), start.HoldStdout),
                new(stderr.Read, new Transcript()));
            if (start.Input is { IsEmpty: true })
                run.CloseInput();
            else if (start.Input is { } input)
                run._feeding = run.FeedAsync(input);
            return run;
        }
        catch
        {
            Close(stdin.Write, stdout.Read, stderr.Read);
            throw;
        }
        finally
        {
            Close(stdin.Read, stdout.Write, stderr.Write);
        }
    }

    /// <summary>Writes to the program's standard input.</summary>
    public void Type(string text)
    {
        if (!Libc.Write(_input, Encoding.UTF8.GetBytes(text)))
            throw new IOException($"standard input is not read; stderr so far:\n{Stderr.Text}");
    }

    /// <summary>Ends the program's standard input.</summary>
    public void CloseInput()
    {
        lock (_inputLock)
        {
            Close(_input);
            _input = -1;
        }
    }

    /// <inheritdoc cref="Transcript.ReadUntilAsync"/>
    public Task<string> ReadOutUntilAsync(string text, TimeSpan? limit = null) => Stdout.ReadUntilAsync(text, limit);

    /// <inheritdoc cref="Transcript.ReadUntilAsync"/>
    public Task<string> ReadErrUntilAsync(string text, TimeSpan? limit = null) => Stderr.ReadUntilAsync(text, limit);

    /// <summary>Signals the program alone, not its group.</summary>
    public void Signal(int signal) => _child.Signal(signal);

    /// <summary>Starts to read the stdout that <see cref="ProgramStart.HoldStdout"/> paused.</summary>
    public void ReadStdout() => _stdout?.Begin();

    /// <summary>Closes the read end of stdout: the program's next write meets EPIPE.</summary>
    public void CloseStdout()
    {
        if (_stdout is null)
            return;
        _stdout.Close();
        PipeReaders.WaitUntilNone(ProcessId, 1);
    }

    /// <summary>Closes the read end of stderr.</summary>
    public void CloseStderr()
    {
        _stderr.Close();
        PipeReaders.WaitUntilNone(ProcessId, 2);
    }

    /// <summary>Waits for the exit code and for the ends of stdout (unless it is paused) and stderr.</summary>
    /// <exception cref="TimeoutException">It still runs, or something else holds its streams (default 20 s).</exception>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        var code = await _child.WaitAsync(limit, () => $"{_stdout?.Transcript.Text}\n--- stderr\n{Stderr.Text}")
            .ConfigureAwait(false);
        if (_stdout is { IsReading: true })
            await _stdout.Transcript.ReadToEndAsync(limit).ConfigureAwait(false);
        await Stderr.ReadToEndAsync(limit).ConfigureAwait(false);
        return code;
    }

    /// <summary>Ends everything in the program's session.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _child.KillSessionAsync().ConfigureAwait(false);
        // Nobody is left to read, so a writer that was blocked has met EPIPE.
        await _feeding.ConfigureAwait(false);
        CloseInput();
        _stdout?.Dispose();
        _stderr.Dispose();
    }

    internal static ChildDescriptor OutputFile(int number, string path) => new(number, path, CreateAndEmpty);

    /// <summary>On a thread of its own: a program that does not read blocks it.</summary>
    private Task FeedAsync(ReadOnlyMemory<byte> input) => Task.Factory.StartNew(
        () =>
        {
            Libc.Write(_input, input.Span);
            CloseInput();
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Close(params ReadOnlySpan<int> descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            if (descriptor >= 0)
                _ = Libc.Close(descriptor);
        }
    }
}
