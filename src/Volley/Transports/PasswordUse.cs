using Volley.Ssh.Config;

namespace Volley.Transports;

/// <summary>
/// The use of a run's password at one login. One connection at a time sends it; none sends it again once a connection that
/// sent it was not accepted.
/// </summary>
#pragma warning disable CA1001 // A semaphore without a wait handle holds nothing.
internal sealed class PasswordUse
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1);
    private volatile bool _isRefused;

    /// <summary>Whether the password was sent there and not accepted.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Names a login: the same for every transport that reaches it.</summary>
    public static string NameOf(SshHostSettings settings) => $"{LoginOf(settings)}:{settings.Port}";

    /// <summary>The login as ssh names it in its prompts: <c>user@host</c>.</summary>
    public static string LoginOf(SshHostSettings settings) => $"{settings.User}@{settings.HostKeyAlias ?? settings.HostName}";

    /// <summary>Waits for a connection that has sent the password there; false if it must not be sent.</summary>
    public async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!_isRefused)
            return true;
        _turn.Release();
        return false;
    }

    /// <summary>Ends the turn that <see cref="BeginAsync"/> granted.</summary>
    public void End(bool isRefused)
    {
        _isRefused |= isRefused;
        _turn.Release();
    }

    /// <summary>Notes that the login was refused.</summary>
    public void Refuse() => _isRefused = true;
}

/// <summary>One connection's turn to send the password; unless it was accepted, it counts as refused from the end of the connection attempt on.</summary>
internal sealed class PasswordAttempt(PasswordUse use) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _hasBegun;
    private bool _isAccepted;
    private bool _isOver;

    /// <summary>Whether the password was sent before and not accepted.</summary>
    public bool IsRefused => use.IsRefused;

    /// <summary>Whether the password may be sent. To be asked once, right before it is sent.</summary>
    public async ValueTask<bool> MaySendAsync(CancellationToken cancellationToken)
    {
        if (!await use.BeginAsync(cancellationToken).ConfigureAwait(false))
            return false;
        lock (_lock)
        {
            if (!_isOver)
                return _hasBegun = true;
        }

        // Nothing was sent.
        use.End(isRefused: false);
        return false;
    }

    /// <summary>Notes that the login succeeded.</summary>
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
