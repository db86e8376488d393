using System.Text;

namespace Volley.Testing;

/// <summary>A session of the <see cref="ScriptedTransport"/>.</summary>
internal sealed class ScriptedSession(ScriptedTransport transport, Target target, NodeScript script) : ISession
{
    public bool ConnectsAtStart => script.ConnectsAtStart;

    public async ValueTask PingAsync(CancellationToken cancellationToken)
    {
        if (script.Ping is { } ping)
            await ping(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken)
    {
        return script.Start is null ? new(Started(command)) : new(AfterAsync(script.Start));

        async Task<IRemoteProcess> AfterAsync(Func<Target, CancellationToken, Task> start)
        {
            await start(target, cancellationToken).ConfigureAwait(false);
            return Started(command);
        }
    }

    public async ValueTask<IRemoteProcess> OpenSubsystemAsync(string name, CancellationToken cancellationToken) => script.Subsystem is { } open
        ? await open(target, name, cancellationToken).ConfigureAwait(false)
        : throw new TransportException(NodeOutcome.ConnectFailed, $"the script has no subsystem {name}");

    public ValueTask DisposeAsync()
    {
        transport.SessionDisposed();
        return script.SessionDisposeFailure is { } failure ? ValueTask.FromException(failure) : ValueTask.CompletedTask;
    }

    private ScriptedProcess Started(CommandJob command)
    {
        var process = new ScriptedProcess(transport, target, script) { Command = command };
        transport.Started(process);
        process.Begin();
        return process;
    }
}

/// <summary>A command of the <see cref="ScriptedTransport"/>: its script's side and the library's.</summary>
public sealed class ScriptedProcess : IRemoteProcess
{
    /// <summary>The largest amount of unread output, as the size of a pipe.</summary>
    public const int Window = 64 * 1024;

    private readonly ScriptedTransport _transport;
    private readonly NodeScript _script;
    private readonly Lock _lock = new();
    private readonly Queue<(StreamKind Stream, ReadOnlyMemory<byte> Data)> _output = new();
    private readonly TaskCompletionSource<ExitStatus> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private readonly MemoryStream _input = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _unread;
    private bool _streamsHeld;
    private bool _streamsEnded;
    private bool _printsForever;
    private bool _survivors;

    internal ScriptedProcess(ScriptedTransport transport, Target target, NodeScript script)
    {
        _transport = transport;
        _script = script;
        Target = target;
    }

    public Target Target { get; }

    /// <summary>The command that was started.</summary>
    public required CommandJob Command { get; init; }

    /// <summary>Fires when a signal has ended the command, or it was disposed.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>How many bytes the library has read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether something of its group lives on after it.</summary>
    public bool HasSurvivors
    {
        get
        {
            lock (_lock)
                return _survivors;
        }

        set
        {
            lock (_lock)
                _survivors = value;
        }
    }

    /// <summary>The input that it was sent.</summary>
    public byte[] Input
    {
        get
        {
            lock (_lock)
                return _input.ToArray();
        }
    }

    /// <summary>Whether its input was ended.</summary>
    public bool InputClosed { get; private set; }

    /// <summary>Prints; waits while the output is not read.</summary>
    public Task PrintAsync(string text, StreamKind stream = StreamKind.Stdout) => PrintAsync(Encoding.UTF8.GetBytes(text), stream);

    /// <inheritdoc cref="PrintAsync(string, StreamKind)"/>
    public async Task PrintAsync(ReadOnlyMemory<byte> data, StreamKind stream = StreamKind.Stdout)
    {
        while (data.Length > 0)
        {
            Task changed;
            lock (_lock)
            {
                var count = (int)Math.Min(data.Length, Window - _unread);
                if (count > 0)
                {
                    _output.Enqueue((stream, data[..count]));
                    _unread += count;
                    data = data[count..];
                    Change();
                }

                changed = _changed.Task;
            }

            if (data.Length > 0)
                await changed.WaitAsync(Ended).ConfigureAwait(false);
        }
    }

    /// <summary>From now on there is always more to read.</summary>
    public void PrintForever() => Set(() => _printsForever = true);

    /// <summary>The streams do not end with the command: something else holds them.</summary>
    public void HoldStreams() => Set(() => _streamsHeld = true);

    /// <summary>The streams end; the command may go on.</summary>
    public void EndStreams() => Set(() => _streamsEnded = true);

    /// <summary>The command's leader exits; the script may go on, as something that it left behind.</summary>
    public void Exit(int code) => _exit.TrySetResult(new ExitStatus(code, null));

    /// <summary>A signal ends the command and its script.</summary>
    public void Die(string signal)
    {
        if (_exit.TrySetResult(new ExitStatus(null, signal)))
            _ended.Cancel();
    }

    /// <summary>The wait for the command's end fails.</summary>
    public void Fail(Exception failure) => _exit.TrySetException(failure);

    public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_output.TryDequeue(out var chunk))
                {
                    var count = Math.Min(buffer.Length, chunk.Data.Length);
                    chunk.Data[..count].CopyTo(buffer);
                    if (count < chunk.Data.Length)
                        PutBack(chunk.Stream, chunk.Data[count..]);
                    _unread -= count;
                    BytesRead += count;
                    Change();
                    return new OutputRead(chunk.Stream, count);
                }

                if (_printsForever)
                {
                    BytesRead += buffer.Length;
                    return new OutputRead(StreamKind.Stdout, buffer.Length);
                }

                if (_script.ReadFailure is { } failure)
                    throw failure;
                if (_streamsEnded)
                    return default;
                // Whatever came before the token fired is returned.
                cancellationToken.ThrowIfCancellationRequested();
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (_script.WriteFailure is { } failure)
            throw failure;
        if (_script.TakeInput is { } take)
            await take().WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (_exit.Task.IsCompleted || _input.Length >= _script.InputLimit)
                return false;
            _input.Write(data.Span);
            Change();
            return true;
        }
    }

    public void CloseInput() => Set(() => InputClosed = true);

    /// <summary>Waits until the input was ended, as a command that reads all of it.</summary>
    public async Task ReadInputToEndAsync()
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (InputClosed)
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(Ended).ConfigureAwait(false);
        }
    }

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken)
    {
        _transport.Sent(Target, signal);
        return _script.Signal(this, signal);
    }

    public ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) =>
        _script.WaitFailure is { } failure ? throw failure : new(_exit.Task.WaitAsync(cancellationToken));

    public async ValueTask<bool> SettleAsync(CancellationToken cancellationToken)
    {
        var before = BytesRead;
        if (_script.Settle is { } settle)
            await settle(cancellationToken).ConfigureAwait(false);
        return BytesRead == before;
    }

    public async ValueTask DisposeAsync()
    {
        _transport.ProcessDisposed();
        await _ended.CancelAsync().ConfigureAwait(false);
        if (_script.DisposeFailure is { } failure)
            throw failure;
    }

    internal void Begin() => _ = RunAsync();

    private async Task RunAsync()
    {
        try
        {
            await _script.Command(this).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was ended.
        }

        Set(() => _streamsEnded |= !_streamsHeld);
        Exit(0);
    }

    private void PutBack(StreamKind stream, ReadOnlyMemory<byte> rest)
    {
        var others = _output.ToArray();
        _output.Clear();
        _output.Enqueue((stream, rest));
        foreach (var other in others)
            _output.Enqueue(other);
    }

    private void Set(Action set)
    {
        lock (_lock)
        {
            set();
            Change();
        }
    }

    private void Change()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
