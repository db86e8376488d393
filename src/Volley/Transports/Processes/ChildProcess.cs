using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Interop.Waiting;

namespace Volley.Transports.Processes;

/// <summary>
/// A child process on Linux. <c>System.Diagnostics.Process</c> is not used: it can't give a child its own session or process group, can't
/// distinguish exit code 137 from SIGKILL, and does not reach grandchildren that were reparented.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>The time between TERM and KILL, and after KILL, when a child is ended.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan KillLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SurvivorCheck = TimeSpan.FromMilliseconds(50);

    private readonly AsyncSignal _readable;
    private readonly AsyncSignal _writable;
    private readonly PipeEnd _stdout;
    private readonly PipeEnd _stderr;
    private readonly PipeEnd? _stdin;
    private readonly CommandMark? _mark;
    private readonly Lock _lock = new();
    private IReadOnlyList<LivingProcess>? _descendants;
    private long? _foundAliveAt;
    private bool _reaped;
    private bool _stderrFirst;

    [SupportedOSPlatform("linux")]
    private ChildProcess(int pid, AsyncSignal readable, AsyncSignal writable, PipeEnd stdout, PipeEnd stderr, PipeEnd? stdin, CommandMark? mark)
    {
        ProcessId = pid;
        _readable = readable;
        _writable = writable;
        _stdout = stdout;
        _stderr = stderr;
        _stdin = stdin;
        _mark = mark;
        Exited = ChildExits.Watch(pid);
    }

    /// <summary>The process id of the child, which is also the id of its process group and its session.</summary>
    public int ProcessId { get; }

    /// <summary>A task that completes when the child has ended.</summary>
    public Task<WaitStatus> Exited { get; }

    /// <summary>Starts a program, which is searched on PATH.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="environment">The environment, as NAME=VALUE.</param>
    /// <param name="pipeInput">Whether its standard input is a pipe from this process; otherwise it is /dev/null.</param>
    /// <param name="mark">The mark to add to the environment, by which <see cref="ConfirmEndedAsync"/> finds every descendant; null for none.</param>
    /// <exception cref="ChildStartException">The program can't be started.</exception>
    /// <exception cref="Win32Exception">No pipe can be created, or no memory is left.</exception>
    public static ChildProcess Start(IReadOnlyList<string> words, IReadOnlyList<string> environment, bool pipeInput, CommandMark? mark = null)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("child processes are started on Linux only");
        var (readable, writable) = (new AsyncSignal(), new AsyncSignal());
        SafeFileHandle? input = null;
        SafeFileHandle? output = null, error = null;
        PipeEnd? stdin = null, stdout = null, stderr = null;
        try
        {
            stdin = pipeInput ? PipeEnd.ForWriting(writable, out input) : null;
            stdout = PipeEnd.ForReading(readable, out output);
            stderr = PipeEnd.ForReading(readable, out error);
            var failure = Spawn.Start(words, mark?.AddTo(environment) ?? environment, input, output, error, out var pid);
            return failure == 0 ? new ChildProcess(pid, readable, writable, stdout, stderr, stdin, mark) : throw new ChildStartException(words, failure);
        }
        catch
        {
            stdin?.Dispose();
            stdout?.Dispose();
            stderr?.Dispose();
            throw;
        }
        finally
        {
            input?.Dispose();
            output?.Dispose();
            error?.Dispose();
        }
    }

    /// <summary>Returns the environment of this process, as NAME=VALUE.</summary>
    public static IReadOnlyList<string> InheritedEnvironment() => SystemEnvironment.Variables();

    /// <summary>Reads from the stream that has data, alternately if both have. A count of 0 means that both have ended.</summary>
    public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryRead(buffer.Span) is { } read)
                return read;
            if (!_stdout.Ended)
                _stdout.Arm();
            if (!_stderr.Ended)
                _stderr.Arm();
            try
            {
                await _readable.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Available data may not have been reported yet, because on a busy machine the thread that watches is delayed too.
                if (TryRead(buffer.Span) is { } last)
                    return last;
                throw;
            }
        }
    }

    /// <summary>Writes all bytes to the child's standard input. Returns false if the input is closed, or no process reads it any more.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (data.Length > 0)
        {
            if (_stdin?.TryWrite(data.Span) is not { } written)
                return false;
            data = data[written..];
            if (data.Length > 0 && written == 0)
            {
                _stdin.Arm();
                await _writable.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return true;
    }

    /// <summary>Closes the child's standard input.</summary>
    public void CloseInput() => _stdin?.Dispose();

    /// <summary>Sends a signal to the child's process group, also after the child's end, because processes that it started may still run.</summary>
    public void SignalGroup(int signal)
    {
        lock (_lock)
        {
            // After the child is reaped, its id may belong to another process.
            if (!_reaped)
                _ = SignalCalls.Send(-ProcessId, signal);
        }
    }

    /// <summary>Returns whether a process of the child's process group is alive.</summary>
    public bool GroupIsAlive() => IsFound(table => table.HasGroup(ProcessId));

    /// <summary>Records the descendants of the child. Call it before the first signal: after the child's end they are no longer known.</summary>
    public void RememberDescendants() => _descendants ??= ProcessTable.Recent().DescendantsOf(ProcessId);

    /// <summary>
    /// Waits until no process of the child's session, none of the recorded descendants and no process with its mark is alive. Returns false if one
    /// still is after the wait, or after half a second if the wait is shorter.
    /// </summary>
    public async ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        // A killed process does not disappear immediately.
        var limit = wait > KillLimit ? wait : KillLimit;
        while (IsFound(table => table.HasSession(ProcessId) || table.HasAnyOf(_descendants ?? []) || (_mark is not null && table.HasMark(_mark))))
        {
            if (Stopwatch.GetElapsedTime(began) >= limit)
                return false;
            await Task.Delay(SurvivorCheck, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>
    /// Searches the process table for processes that the child left behind. Once its group, its session and its descendants are gone they don't come
    /// back, so any table read after the child's end proves it. If a process is found, the next search needs a newer table.
    /// </summary>
    private bool IsFound(Func<ProcessTable, bool> isIn)
    {
        var endedAt = Exited.IsCompletedSuccessfully ? Exited.Result.NoticedAt : Stopwatch.GetTimestamp();
        if (!isIn(ProcessTable.Since(_foundAliveAt ?? endedAt)))
            return false;
        _foundAliveAt = Stopwatch.GetTimestamp();
        return true;
    }

    /// <summary>Ends the child if it still runs, by TERM and then KILL to its group, and releases its resources.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
        {
            SignalGroup(SignalCalls.Terminate);
            await ((Task)Exited).WaitAsync(EndLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Sent even if the child has ended: a proxy command of ssh can ignore TERM.
            SignalGroup(SignalCalls.Kill);
            await ((Task)Exited).WaitAsync(EndLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_lock)
        {
            // A child that still hangs in the kernel is left to init.
            if (!_reaped && Exited.IsCompleted)
                ChildWait.Reap(ProcessId);
            _reaped = true;
        }

        _stdin?.Dispose();
        _stdout.Dispose();
        _stderr.Dispose();
    }

    private OutputRead? TryRead(Span<byte> buffer)
    {
        // The order of the two writes is unknown. Standard output goes first, and then the streams alternate.
        var (first, second) = _stderrFirst ? (StreamKind.Stderr, StreamKind.Stdout) : (StreamKind.Stdout, StreamKind.Stderr);
        var read = TryRead(first, buffer) ?? TryRead(second, buffer);
        if (read is { } result)
            _stderrFirst = result.Stream == StreamKind.Stdout;
        return read ?? (_stdout.Ended && _stderr.Ended ? new OutputRead(StreamKind.Stdout, 0) : null);
    }

    private OutputRead? TryRead(StreamKind stream, Span<byte> buffer) =>
        (stream == StreamKind.Stdout ? _stdout : _stderr).TryRead(buffer) is > 0 and var count ? new OutputRead(stream, count) : null;
}
