using Volley.Interop.Waiting;
using Volley.Ssh;

namespace Volley.Transports;

/// <summary>
/// The use of a run's password at one login. Only one connection at a time sends it. Once the server has not accepted it, no
/// connection sends it again.
/// </summary>
internal sealed class PasswordUse
{
    private readonly AsyncGate _gate = new(1);
    private volatile bool _isRefused;

    /// <summary>Whether the password was sent and not accepted.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Returns the name of a login, which is the same in every transport.</summary>
    public static string GetName(SshHostSettings settings) => $"{GetLogin(settings)}:{settings.Port}";

    /// <summary>Returns the login as ssh names it in its prompts: <c>user@host</c>.</summary>
    public static string GetLogin(SshHostSettings settings) => $"{settings.User}@{settings.HostKeyAlias ?? settings.HostName}";

    /// <summary>Waits for the connection that is currently sending the password. Returns false if the password must not be sent.</summary>
    public async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (!_isRefused)
            return true;
        _gate.Leave();
        return false;
    }

    /// <summary>Ends the turn that <see cref="BeginAsync"/> has granted.</summary>
    public void End(bool isRefused)
    {
        _isRefused |= isRefused;
        _gate.Leave();
    }

    /// <summary>Records that the login was refused.</summary>
    public void Refuse() => _isRefused = true;
}

/// <summary>
/// The turn of one connection to send the password. If the password was not accepted by the end of the connection attempt, it counts
/// as refused.
/// </summary>
internal sealed class PasswordAttempt(PasswordUse use) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _hasBegun;
    private bool _isAccepted;
    private bool _isOver;

    /// <summary>Whether the password was sent before and not accepted.</summary>
    public bool IsRefused => use.IsRefused;

    /// <summary>Returns whether the password may be sent. Call it once, immediately before sending.</summary>
    public async ValueTask<bool> MaySendAsync(CancellationToken cancellationToken)
    {
        if (!await use.BeginAsync(cancellationToken).ConfigureAwait(false))
            return false;
        lock (_lock)
        {
            if (!_isOver)
                return _hasBegun = true;
        }

        // The attempt is over, and nothing was sent.
        use.End(isRefused: false);
        return false;
    }

    /// <summary>Records that nothing was sent, because there is no password.</summary>
    public void Withdraw()
    {
        lock (_lock)
        {
            if (_isOver || !_hasBegun)
                return;
            _hasBegun = false;
        }

        use.End(isRefused: false);
    }

    /// <summary>Records that the login succeeded.</summary>
    public void Accept() => _isAccepted = true;

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            _isOver = true;
        }

        if (_hasBegun)
            use.End(isRefused: !_isAccepted);
    }
}
