using System.Collections.Concurrent;
using System.Text;
using Volley.Transports.Channels;
using Volley.Transports.OpenSsh.Masters;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>An ssh child and, through it, the remote command.</summary>
internal sealed class OpenSshProcess : IRemoteProcess
{
    /// <summary>ssh(1): it exits with the status of the remote command or with 255 if an error occurred.</summary>
    public const int OwnFailure = 255;

    private readonly ChildProcess _child;
    private readonly OpenSshLog _log;
    private readonly ConcurrentDictionary<OpenSshProcess, bool> _all;
    private readonly EndOfFileKeys? _endKeys;
    private readonly TaskCompletionSource _printed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Task? _disposal;
    private TransportException? _lateStart;

    /// <param name="child">The ssh.</param>
    /// <param name="log">Its messages.</param>
    /// <param name="all">The transport's processes; this one is among them until it was disposed.</param>
    /// <param name="hasTerminal">Whether its command runs on a terminal.</param>
    public OpenSshProcess(ChildProcess child, OpenSshLog log, ConcurrentDictionary<OpenSshProcess, bool> all, bool hasTerminal)
    {
        _endKeys = hasTerminal ? new EndOfFileKeys() : null;
        _child = child;
        _log = log;
        _all = all;
        all[this] = true;
    }

    public Task ConnectedOrEndedAsync() => Task.WhenAny(_log.Authenticated, _child.Exited);

    public Task EndedAsync() => _child.Exited;

    /// <summary>The last thing that ssh, or the master that it started, said about its connection; null if nothing.</summary>
    public string? LastWords() => OpenSshDiagnosis.WordsOfALoss(_log.Lines);

    /// <summary>What the server calls itself; null if ssh has not said.</summary>
    public string? ServerSoftware => _log.ServerSoftware;

    /// <summary>The different reasons for which the server did not connect further.</summary>
    public IReadOnlyList<string> RefusedForwards() => OpenSshDiagnosis.RefusedForwards(_log.Lines);

    /// <summary>Checks that the server has accepted us.</summary>
    /// <param name="route">What is configured for the host.</param>
    /// <param name="isMaster">Whether it is the ssh that starts a master, whose own end is no failure.</param>
    /// <exception cref="TransportException">ssh ended before the server had accepted us.</exception>
    public async Task ThrowIfNotConnectedAsync(HostRoute route, bool isMaster)
    {
        if (!_child.Exited.IsCompleted || (isMaster && (await _child.Exited.ConfigureAwait(false)).Code == 0))
            return;
        var lines = await _log.CompleteAsync().ConfigureAwait(false);
        if (_log.Authenticated.IsCompleted && !isMaster)
            return;
        var stderr = await ReadStderrAsync().ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(stderr);
        // ssh refuses options before it opens its log.
        if (lines.Count == 0 && OpenSshDiagnosis.OfOptions(text) is { Length: > 0 } complaint)
            throw new TransportException(NodeOutcome.ConnectFailed, $"ssh refuses the options: {complaint}; see ssh_config(5)");
        var (outcome, message) = OpenSshDiagnosis.OfConnecting(lines, route);
        var proxy = new ProxyTraces(text, _log.ProxyIsSsh, _log.LineBeforeVersion);
        var retry = OpenSshDiagnosis.RetryOf(outcome, lines, proxy);
        // No server has sent a banner by then: all of it is the proxy command's.
        if (OpenSshDiagnosis.IsLostBehindProxy(lines))
            throw new TransportException(outcome, OpenSshDiagnosis.OfProxy(outcome, message, proxy))
            {
                Retry = retry,
                IsUnexplained = isMaster && outcome == NodeOutcome.ConnectFailed && proxy.LineBeforeVersion is null,
            };
        throw new TransportException(outcome, message) { Stderr = stderr, Retry = retry };
    }

    /// <summary>Ends ssh, and with it the command, if the server does not start the command in time.</summary>
    /// <param name="limit">The time that it has.</param>
    public void LimitStart(ConnectLimit limit) => _ = LimitStartAsync(limit);

    public async ValueTask<ReadResult> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await _child.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read.Count > 0)
            _printed.TrySetResult();
        return read;
    }

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        _endKeys?.See(data.Span);
        return _child.WriteAsync(data, cancellationToken);
    }

    public void CloseInput()
    {
        if (_endKeys is null)
            _child.CloseInput();
        else
            _ = _child.WriteAsync(_endKeys.Keys, CancellationToken.None).AsTask();
    }

    public ValueTask SignalAsync(string signal, CancellationToken cancellationToken) =>
        throw new NotSupportedException("a plain ssh passes no signals on");

    public async ValueTask<ExitStatus> WaitAsync(CancellationToken cancellationToken)
    {
        var status = await _child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_lateStart is { } late)
            throw late;
        if (status.Signal is { } signal)
            throw new TransportException(NodeOutcome.ConnectionLost, $"ssh was killed by signal {signal}");
        if (status.Code == OwnFailure && OpenSshDiagnosis.OfRunning(await _log.CompleteAsync().ConfigureAwait(false), _log.CommandHasEnded) is var (outcome, message))
            throw new TransportException(outcome, message);
        return new ExitStatus(status.Code, null);
    }

    /// <summary>Ends ssh; whoever else asks for it waits for the same end.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
            return new(_disposal ??= EndAsync());
    }

    private async Task LimitStartAsync(ConnectLimit limit)
    {
        try
        {
            // A server may say so after the command's end only, and pass its output on before.
            await limit.StartAsync(token => Task.WhenAny(_log.Started, _printed.Task, _child.Exited).WaitAsync(token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (TransportException late)
        {
            _lateStart = late;
            await _child.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task EndAsync()
    {
        await _child.DisposeAsync().ConfigureAwait(false);
        _log.Dispose();
        _all.TryRemove(this, out _);
    }

    /// <summary>What came on standard error from an ssh that has ended: a banner, or the complaint of a jump host's ssh.</summary>
    private async Task<byte[]> ReadStderrAsync()
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        using var atHandOnly = new CancellationTokenSource();
        await atHandOnly.CancelAsync().ConfigureAwait(false);
        try
        {
            while (await _child.ReadAsync(buffer, atHandOnly.Token).ConfigureAwait(false) is { Count: > 0 } read)
                bytes.Write(buffer, 0, read.Count);
        }
        catch (OperationCanceledException)
        {
            // A process that ssh started for a proxy holds the stream open.
        }

        return bytes.ToArray();
    }
}
