using System.Collections.Concurrent;
using System.Text;
using Volley.Ssh;
using Volley.Transports.OpenSsh.Log;
using Volley.Transports.Processes;
using Volley.Transports.Sharing;

namespace Volley.Transports.OpenSsh;

/// <summary>An ssh child process and, through it, the remote command.</summary>
internal sealed class OpenSshProcess : IRemoteProcess
{
    /// <summary>The exit code of ssh if an error occurred. Otherwise it exits with the status of the remote command (ssh(1)).</summary>
    public const int OwnFailure = 255;

    private readonly ChildProcess _child;
    private readonly OpenSshLog _log;
    private readonly ConcurrentDictionary<OpenSshProcess, bool> _all;
    private readonly EndOfFileKeys? _endKeys;
    private readonly TaskCompletionSource _printed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Task? _disposal;
    private TransportException? _lateStart;

    /// <summary>Creates the process.</summary>
    /// <param name="child">The ssh.</param>
    /// <param name="log">The log of the ssh.</param>
    /// <param name="all">The processes of the transport. This one is removed when it is disposed.</param>
    /// <param name="hasTerminal">Whether the command runs on a terminal.</param>
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

    /// <summary>Returns the last message of ssh, or of the master that it started, about the loss of its connection; null if there is none.</summary>
    public string? FindLossReason() => OpenSshDiagnosis.FindLossReason(_log.Lines);

    /// <summary>The software name that the server sent; null if ssh has not logged it.</summary>
    public string? ServerSoftware => _log.ServerSoftware;

    /// <summary>Returns the distinct reasons for which the server did not forward connections.</summary>
    public IReadOnlyList<string> RefusedForwards() => OpenSshDiagnosis.RefusedForwards(_log.Lines);

    /// <summary>Throws if ssh ended before the login succeeded.</summary>
    /// <param name="settings">The settings of the host; null if they are unknown.</param>
    /// <param name="isMaster">Whether the ssh starts a master. Its own exit with 0 is no failure.</param>
    /// <exception cref="TransportException">ssh ended before the login succeeded.</exception>
    public async Task ThrowIfNotConnectedAsync(SshHostSettings? settings, bool isMaster)
    {
        if (!_child.Exited.IsCompleted || (isMaster && (await _child.Exited.ConfigureAwait(false)).Code == 0))
            return;
        var lines = await _log.CompleteAsync().ConfigureAwait(false);
        if (_log.Authenticated.IsCompleted && !isMaster)
            return;
        var stderr = await ReadStderrAsync().ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(stderr);
        // ssh rejects options before it opens its log.
        if (lines.Count == 0 && OpenSshDiagnosis.ExplainOptionError(text) is { Length: > 0 } complaint)
            throw new TransportException(NodeOutcome.ConnectFailed, $"ssh refuses the options: {complaint}; see ssh_config(5)");
        var (outcome, message) = OpenSshDiagnosis.ExplainConnectFailure(lines, settings);
        var proxy = new ProxyTraces(text, _log.ProxyIsSsh, _log.LineBeforeVersion);
        var retry = OpenSshDiagnosis.GetRetryAdvice(outcome, lines, proxy);
        // No server has sent a banner before that point, so all output is the proxy command's.
        if (OpenSshDiagnosis.IsLostBehindProxy(lines))
            throw new TransportException(outcome, OpenSshDiagnosis.ExplainProxyFailure(outcome, message, proxy))
            {
                Retry = retry,
                IsUnexplained = isMaster && outcome == NodeOutcome.ConnectFailed && proxy.LineBeforeVersion is null,
            };
        throw new TransportException(outcome, message)
        {
            Stderr = stderr,
            Retry = retry,
            Remedy = OpenSshDiagnosis.IsUnansweredKey(lines, settings) || OpenSshDiagnosis.HasOnlyQuestions(message) ? Remedy.AnswerPrompts : Remedy.None,
        };
    }

    /// <summary>Ends ssh, and with it the command, if the server does not start the command in time.</summary>
    /// <param name="limit">The time limit.</param>
    public void LimitStart(ConnectLimit limit) => _ = LimitStartAsync(limit);

    public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _child.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            // The command's own errors come with the output of its terminal.
            if (_endKeys is not null && read is { Stream: StreamKind.Stderr, Count: > 0 } && IsFarewell(buffer.Span[..read.Count]))
                continue;
            if (read.Count > 0)
                _printed.TrySetResult();
            return read;
        }
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

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) =>
        throw new NotSupportedException("a plain ssh passes no signals on");

    public async ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken)
    {
        var status = await _child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_lateStart is { } late)
            throw late;
        if (status.Signal is { } signal)
            throw new TransportException(NodeOutcome.ConnectionLost, $"ssh was killed by signal {signal}");
        if (status.Code == OwnFailure)
        {
            var lines = await _log.CompleteAsync().ConfigureAwait(false);
            if (OpenSshDiagnosis.IsSubsystemRefused(lines))
                throw TransportException.NoSubsystem("the server refused the subsystem");
            if (OpenSshDiagnosis.ExplainRunFailure(lines, _log.CommandHasEnded) is var (outcome, message))
                throw new TransportException(outcome, message);
        }

        return new ExitStatus(status.Code, null);
    }

    /// <summary>Ends ssh. Concurrent calls wait for the same end.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
            return new(_disposal ??= EndAsync());
    }

    /// <summary>Whether ssh says, by "Connection to HOST closed.", that the session on a terminal is over (its client_loop).</summary>
    private static bool IsFarewell(ReadOnlySpan<byte> text) =>
        text.StartsWith("Connection to "u8) && text.EndsWith(" closed.\r\n"u8) && text.Count((byte)'\n') == 1;

    private async Task LimitStartAsync(ConnectLimit limit)
    {
        try
        {
            // A server may confirm the start only after the command's end, and send output before that.
            await limit.StartAsync(
                token => Task.WhenAny(_log.Started, _printed.Task, _child.Exited).WaitAsync(token),
                isAsked: static () => true,
                CancellationToken.None).ConfigureAwait(false);
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

    /// <summary>Returns the standard error of an ssh that has ended: a banner, or the error of a jump host's ssh.</summary>
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
