using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Transports;
using Volley.Transports.Inline;
using Volley.Transports.Pacing;

namespace Volley;

/// <summary>
/// A transport that retries failed connections: as often as requested, and for a limited time at servers that are too busy.
/// Nothing is retried once a command has started.
/// </summary>
/// <remarks>
/// Targets with the same login (user, host, port) share one retry budget, and try together: while one of them connects, the others
/// wait for the result.
/// </remarks>
/// <param name="transport">The transport that connects. It is disposed with this one.</param>
/// <param name="retries">How often a failed connection is retried if a retry may help; at least 0.</param>
/// <param name="busyLimit">
/// How long a busy server is retried, independent of <paramref name="retries"/>: zero for not at all, at most 49 days; null for 10 seconds.
/// </param>
/// <param name="logger">Receives a message for each retry, at level Information; null for none.</param>
/// <param name="time">The clock; the system clock if null.</param>
/// <exception cref="ArgumentNullException"><paramref name="transport"/> is null.</exception>
/// <exception cref="ArgumentOutOfRangeException">The number of retries is negative, or the time is negative or above 49 days.</exception>
public sealed class PacedTransport(
    ITransport transport, int retries = 0, TimeSpan? busyLimit = null, ILogger? logger = null, TimeProvider? time = null) : IInlineTransport
{
    private readonly WrappedTransport _inner = new(transport, typeof(PacedTransport));
    private readonly RetrySchedule _schedule = new(new RetryLimits(retries, busyLimit), logger ?? NullLogger.Instance, time ?? TimeProvider.System);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string? User, string Host, string? Address, int? Port), PacedLogin> _logins = [];

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
        var key = (target.User, target.Host, target.Address, target.Port);
        PacedLogin? login;
        lock (_lock)
        {
            if (!_logins.TryGetValue(key, out login))
                _logins[key] = login = new PacedLogin(_inner.Inner, _schedule);
            login.Users++;
        }

        try
        {
            return new PacedSession(await login.ConnectAsync(target, cancellationToken).ConfigureAwait(false), target, _schedule);
        }
        finally
        {
            lock (_lock)
            {
                // A login that has used up retries is kept for the rest of the run.
                if (--login.Users == 0 && !login.HasFailed)
                    _logins.Remove(key);
            }
        }
    }

    void IDisposalCheck.ThrowIfDisposed() => _inner.ThrowIfDisposed();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
