using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Volley.Targets;

namespace Volley.Transports;

/// <summary>
/// Connects again where that may help: as often as was asked for, and within a limit to servers that are too busy to talk.
/// Nothing is tried again once a command has started.
/// </summary>
/// <remarks>
/// Targets that are the same login (user, host, port) try together: while one of them connects, the others wait for what
/// comes of it, and all of them have one number of retries.
/// </remarks>
/// <param name="inner">What connects. It belongs to this transport, and is disposed with it.</param>
/// <param name="options">How often and for how long; null for the defaults.</param>
/// <param name="logger">Hears of each retry, at level Information; nobody if null.</param>
/// <param name="time">The clock; the system's if null.</param>
public sealed class PacedTransport(
    ITransport inner, PacedTransportOptions? options = null, ILogger? logger = null, TimeProvider? time = null) : ITransport
{
    private readonly RetrySchedule _schedule = new(options ?? new(), logger ?? NullLogger.Instance, time ?? TimeProvider.System);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string? User, string Host, int? Port), PacedLogin> _logins = [];

    /// <inheritdoc/>
    public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var key = (target.User, target.Host, target.Port);
        PacedLogin? login;
        lock (_lock)
        {
            if (!_logins.TryGetValue(key, out login))
                _logins[key] = login = new PacedLogin(inner, _schedule);
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
                // One that has used up retries is remembered for the rest of the run.
                if (--login.Users == 0 && !login.HasFailed)
                    _logins.Remove(key);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
