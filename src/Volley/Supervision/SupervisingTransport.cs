using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Supervision;
using Volley.Transports;
using Volley.Transports.Inline;

namespace Volley;

/// <summary>
/// A transport whose commands end when this process loses them: it is killed or stopped, or the network is gone. One program at each target, a POSIX sh
/// that is started beside the commands, expects heartbeats on a channel of its own, and ends the commands' processes without them.
/// </summary>
/// <remarks>
/// Processes are found by a variable of their environment (<c>VOLLEY_SUPERVISED_…</c>), as members of the sessions of such processes, and as descendants, also
/// outside of the command's process group. Not found are those that have given up all of this, and those of other users. A target needs Linux's /proc. A server that
/// allows one session on a connection (MaxSessions 1) can't be supervised, and its commands are not started.
/// </remarks>
/// <param name="transport">The transport that connects. It is disposed with this one.</param>
/// <param name="settings">When commands are ended; null for the defaults.</param>
/// <param name="logger">Receives a warning when a target loses its supervisor; null for none.</param>
/// <param name="time">The clock of the heartbeats; the system clock if null.</param>
/// <exception cref="ArgumentNullException"><paramref name="transport"/> is null.</exception>
public sealed class SupervisingTransport(
    ITransport transport, SupervisionSettings? settings = null, ILogger? logger = null, TimeProvider? time = null) : IInlineTransport
{
    private readonly WrappedTransport _inner = new(transport, typeof(SupervisingTransport));
    private readonly SupervisionSettings _settings = settings ?? new();
    private readonly ConcurrentDictionary<(string Host, string? User, int? Port), SupervisedHost> _hosts = [];

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The transport was disposed.</exception>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) =>
        PoolResumption.ConnectAsync(this, target, cancellationToken);

    bool IInlineTransport.AppliesConnectTimeout => _inner.AppliesConnectTimeout;

    /// <inheritdoc/>
    async ValueTask<ISession> IInlineTransport.ConnectInlineAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        _inner.ThrowIfDisposed();
        var host = _hosts.GetOrAdd(
            (target.Host, target.User, target.Port), _ => new SupervisedHost(_inner, _settings, logger ?? NullLogger.Instance, time ?? TimeProvider.System));
        // Before the command's own session, so that commands never take all sessions that the server allows.
        var use = await host.BeginAsync(target, cancellationToken).ConfigureAwait(false);
        try
        {
            return new SupervisedSession(await _inner.ConnectAsync(target, cancellationToken).ConfigureAwait(false), use);
        }
        catch
        {
            await use.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    void IDisposalCheck.ThrowIfDisposed() => _inner.ThrowIfDisposed();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
