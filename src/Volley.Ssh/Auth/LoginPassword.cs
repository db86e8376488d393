namespace Volley.Ssh.Auth;

/// <summary>The password of one login. The first method that needs it sends it, and it is sent at most once.</summary>
internal sealed class LoginPassword(SshCredentials credentials)
{
    private bool _isTaken = credentials.Password is null && credentials.GetPassword is null;

    /// <summary>Whether it may still be sent.</summary>
    public bool IsAvailable => !_isTaken;

    /// <summary>Returns the password and marks it as sent; null if it must not be sent.</summary>
    /// <param name="refused">Receives the reason if it must not be sent.</param>
    /// <param name="cancellationToken">Ends the wait for another login to the same host.</param>
    public async ValueTask<ReadOnlyMemory<byte>?> TakeAsync(List<string> refused, CancellationToken cancellationToken)
    {
        if (_isTaken)
        {
            refused.Add("the password (sent already, and it is sent only once)");
            return null;
        }

        _isTaken = true;
        if (credentials.GetPassword is not { } get)
            return credentials.Password;
        var password = await get(cancellationToken).ConfigureAwait(false);
        if (password is { IsEmpty: false })
            return password;
        refused.Add(password is null ? "the password (none is known for the host)" : "the password (not sent again after the host has refused it)");
        return null;
    }
}
