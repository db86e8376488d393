using System.Collections.Concurrent;

namespace Volley.Testing;

/// <summary>A transport without a network: what happens at each target is a script in code, and all that is asked of it is recorded.</summary>
/// <param name="scriptFor">The script of a target; asked once for each connection.</param>
/// <param name="time">The clock by which signals are recorded; the system's if null.</param>
public sealed class ScriptedTransport(Func<Target, NodeScript> scriptFor, TimeProvider? time = null) : ITransport
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly List<(Func<bool> Holds, TaskCompletionSource Reached)> _waits = [];
    private readonly List<SentSignal> _signals = [];
    private readonly ConcurrentDictionary<int, ScriptedProcess> _processes = new();
    private int _connects;
    private int _attempts;
    private int _mostAttempts;
    private int _sessions;
    private int _sessionsDisposed;
    private int _starts;
    private int _processesDisposed;

    /// <summary>Every target has the same script.</summary>
    public ScriptedTransport(NodeScript script, TimeProvider? time = null)
        : this(_ => script, time)
    {
    }

    /// <summary>How many connections were asked for.</summary>
    public int Connects => Read(ref _connects);

    /// <summary>The most targets at once that were between the wish for a connection and the end of its session.</summary>
    public int MostAtOnce => Read(ref _mostAttempts);

    /// <summary>How many sessions were made.</summary>
    public int Sessions => Read(ref _sessions);

    /// <summary>How many sessions were disposed.</summary>
    public int SessionsDisposed => Read(ref _sessionsDisposed);

    /// <summary>How many commands were started.</summary>
    public int Starts => Read(ref _starts);

    /// <summary>How many commands were disposed.</summary>
    public int ProcessesDisposed => Read(ref _processesDisposed);

    /// <summary>The signals that were sent, in order.</summary>
    public IReadOnlyList<SentSignal> Signals
    {
        get
        {
            lock (_lock)
                return [.. _signals];
        }
    }

    /// <summary>The command that runs, or ran last, at a target.</summary>
    public ScriptedProcess Process(int index) => _processes[index];

    /// <summary>The names of the signals that one target got, in order.</summary>
    public IEnumerable<string> SignalsTo(int index) => Signals.Where(s => s.Target.Index == index).Select(s => s.Name);

    /// <summary>Waits until that many connections were asked for.</summary>
    public Task ConnectsAsync(int count) => UntilAsync(() => _connects >= count);

    /// <summary>Waits until that many commands were started.</summary>
    public Task StartsAsync(int count, TimeSpan? limit = null) => UntilAsync(() => _starts >= count, limit);

    /// <summary>Waits until that many signals were sent.</summary>
    public Task SignalsAsync(int count) => UntilAsync(() => _signals.Count >= count);

    /// <summary>Waits until that many sessions were disposed.</summary>
    public Task SessionsDisposedAsync(int count) => UntilAsync(() => _sessionsDisposed >= count);

    /// <inheritdoc/>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        Record(() =>
        {
            _connects++;
            _mostAttempts = Math.Max(_mostAttempts, ++_attempts);
        });
        var script = scriptFor(target);
        var connecting = script.Connect is null ? Task.CompletedTask : ConnectAsync(script.Connect, target, cancellationToken);
        return connecting.IsCompletedSuccessfully ? new(Made(target, script)) : new(AfterAsync());

        async Task<ISession> AfterAsync()
        {
            await connecting.ConfigureAwait(false);
            return Made(target, script);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal void Started(ScriptedProcess process) => Record(() =>
    {
        _processes[process.Target.Index] = process;
        _starts++;
    });

    internal void Sent(Target target, string signal) => Record(() => _signals.Add(new(target, signal, _time.GetUtcNow())));

    internal void SessionDisposed() => Record(() =>
    {
        _sessionsDisposed++;
        _attempts--;
    });

    internal void ProcessDisposed() => Record(() => _processesDisposed++);

    private async Task ConnectAsync(Func<Target, CancellationToken, Task> connect, Target target, CancellationToken cancellationToken)
    {
        try
        {
            await connect(target, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Record(() => _attempts--);
            throw;
        }
    }

    private ScriptedSession Made(Target target, NodeScript script)
    {
        Record(() => _sessions++);
        return new ScriptedSession(this, target, script);
    }

    private Task UntilAsync(Func<bool> holds, TimeSpan? limit = null)
    {
        lock (_lock)
        {
            if (holds())
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((holds, reached));
            return reached.Task.WaitAsync(limit ?? Transcript.DefaultLimit);
        }
    }

    private void Record(Action change)
    {
        lock (_lock)
        {
            change();
            _waits.RemoveAll(wait => wait.Holds() && wait.Reached.TrySetResult());
        }
    }

    private int Read(ref int count)
    {
        lock (_lock)
            return count;
    }
}

/// <summary>A signal that a command was sent.</summary>
public sealed record SentSignal(Target Target, string Name, DateTimeOffset At);
