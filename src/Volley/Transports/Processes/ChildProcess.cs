using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Ssh.Text;

namespace Volley.Transports.Processes;

/// <summary>
/// A process that we start, on Linux. <see cref="System.Diagnostics.Process"/> is not used: it can give a child neither a
/// session nor a process group, can't tell an exit code of 137 from a SIGKILL, and reaches no grandchildren that were
/// reparented.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>How long a child that we end has between TERM and KILL.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan KillLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SurvivorCheck = TimeSpan.FromMilliseconds(50);

    private readonly ReadySignal _readable;
    private readonly ReadySignal _writable;
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
    private ChildProcess(int pid, ReadySignal readable, ReadySignal writable, PipeEnd stdout, PipeEnd stderr, PipeEnd? stdin, CommandMark? mark)
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

    /// <summary>The child; also its process group and session.</summary>
    public int ProcessId { get; }

    /// <summary>Completes when the child has ended.</summary>
    public Task<WaitStatus> Exited { get; }

    /// <summary>Starts a program, which is looked for on PATH.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="environment">NAME=VALUE words.</param>
    /// <param name="pipeInput">Whether we write its input; else it reads /dev/null.</param>
    /// <param name="mark">Put into the environment, so that <see cref="ConfirmEndedAsync"/> finds every descendant; null for none.</param>
    /// <exception cref="ChildStartException">It can't be started.</exception>
    /// <exception cref="Win32Exception">There can be no more pipes, or no more memory.</exception>
    public static ChildProcess Start(IReadOnlyList<string> words, IReadOnlyList<string> environment, bool pipeInput, CommandMark? mark = null)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("child processes are started on Linux only");
        var (readable, writable) = (new ReadySignal(), new ReadySignal());
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

    /// <summary>Our environment as NAME=VALUE words.</summary>
    public static IReadOnlyList<string> InheritedEnvironment() => SystemEnvironment.Variables();

    /// <summary>Reads from whichever stream has data, in turns while both have; a count of 0 means that both have ended.</summary>
    public async ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
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
                // What is at hand may not have been reported yet: on a busy machine the thread that watches has to wait, too.
                if (TryRead(buffer.Span) is { } last)
                    return last;
                throw;
            }
        }
    }

    /// <summary>Writes to its input; false once nobody reads it any more.</summary>
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

    /// <summary>Ends its input.</summary>
    public void CloseInput() => _stdin?.Dispose();

    /// <summary>Sends a signal to its process group, also after its own end: what it started may live on.</summary>
    public void SignalGroup(int signal)
    {
        lock (_lock)
        {
            // Once it is reaped, its number may be somebody else's.
            if (!_reaped)
                _ = SignalCalls.Send(-ProcessId, signal);
        }
    }

    /// <summary>Whether anything of its process group lives.</summary>
    public bool GroupIsAlive() => IsFound(table => table.HasGroup(ProcessId));

    /// <summary>Remembers what descends from it before it is signalled: once it has ended, that is no longer known.</summary>
    public void RememberDescendants() => _descendants ??= ProcessTable.Recent().DescendantsOf(ProcessId);

    /// <summary>
    /// Confirms that nothing of its session, none of the remembered descendants and nothing with its mark live; false if something
    /// does after the wait.
    /// </summary>
    public async ValueTask<bool> ConfirmEndedAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        // A process that was killed is gone a moment later.
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
    /// Looks for processes that the child left. Once its group, its session and its descendants are gone they stay gone, so any
    /// table that was read after the child's end can tell that; where it shows one, the next look needs a newer table.
    /// </summary>
    private bool IsFound(Func<ProcessTable, bool> isIn)
    {
        var endedAt = Exited.IsCompletedSuccessfully ? Exited.Result.NoticedAt : Stopwatch.GetTimestamp();
        if (!isIn(ProcessTable.Since(_foundAliveAt ?? endedAt)))
            return false;
        _foundAliveAt = Stopwatch.GetTimestamp();
        return true;
    }

    /// <summary>Ends it if it still runs, with TERM and then KILL to its group, and lets go of it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
        {
            SignalGroup(SignalCalls.Terminate);
            await ((Task)Exited).WaitAsync(EndLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Also where it has ended: a proxy command of ssh can ignore TERM.
            SignalGroup(SignalCalls.Kill);
            await ((Task)Exited).WaitAsync(EndLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_lock)
        {
            // One that hangs in the kernel even now is left to init.
            if (!_reaped && Exited.IsCompleted)
                ChildWait.Reap(ProcessId);
            _reaped = true;
        }

        _stdin?.Dispose();
        _stdout.Dispose();
        _stderr.Dispose();
    }

    private ReadResult? TryRead(Span<byte> buffer)
    {
        // Which of the two was written first can't be seen: standard output has precedence, and then they take turns.
        var (first, second) = _stderrFirst ? (StreamKind.Stderr, StreamKind.Stdout) : (StreamKind.Stdout, StreamKind.Stderr);
        var read = TryRead(first, buffer) ?? TryRead(second, buffer);
        if (read is { } result)
            _stderrFirst = result.Stream == StreamKind.Stdout;
        return read ?? (_stdout.Ended && _stderr.Ended ? new ReadResult(StreamKind.Stdout, 0) : null);
    }

    private ReadResult? TryRead(StreamKind stream, Span<byte> buffer) =>
        (stream == StreamKind.Stdout ? _stdout : _stderr).TryRead(buffer) is > 0 and var count ? new ReadResult(stream, count) : null;
}
