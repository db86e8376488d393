using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.Keys;

namespace Volley.Ssh.Auth;

/// <summary>Explains why a server refused a login, and whether ssh could log in.</summary>
/// <param name="refusal">The refusal.</param>
/// <param name="settings">The settings of the host.</param>
/// <param name="identities">The user's identities.</param>
/// <param name="serverAlgorithms">The signature algorithms that the server announced; null if it announced none.</param>
internal sealed class RefusedLogin(SshException refusal, SshHostSettings settings, Identities identities, IReadOnlyList<string>? serverAlgorithms)
{
    /// <summary>
    /// Returns the refusal, with the possible causes in the user's keys and in the configuration. Its <see cref="SshException.OtherClientMayLogIn"/> is set.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<SshException> ExplainAsync(CancellationToken cancellationToken)
    {
        var keys = await identities.GetAllKeysAsync(settings, cancellationToken).ConfigureAwait(false);
        string[] causes =
        [
            .. identities.GetProblems(settings),
            .. keys.Where(key => Identities.IsTooShort(key, settings))
                .Select(key => $"{key.Label} has fewer bits than RequiredRSASize, {settings.RequiredRsaSize}"),
            .. OtherLogins().Select(login => $"only ssh can try {login}"),
        ];
        return new(refusal, string.Join("; ", [refusal.Message, .. causes]))
        {
            OtherClientMayLogIn = await SshMayLogInAsync(keys, cancellationToken).ConfigureAwait(false),
        };
    }

    private async ValueTask<bool> SshMayLogInAsync(IReadOnlyList<UserKey> keys, CancellationToken cancellationToken)
    {
        if (OtherLogins().Any())
            return true;
        // A server that disconnects after too many attempts would refuse ssh too, which tries the same keys first.
        return refusal.ReasonCode is null && await HasForeignKeyAsync(keys, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Returns the methods that only ssh can try after a refused login. ssh tries them before the keys, so a server that disconnects
    /// after too many attempts has not seen them.
    /// </summary>
    private IEnumerable<OtherLogin> OtherLogins() =>
        settings.OtherLogins.Where(login => refusal.ServerMethods is not { } methods || methods.Contains(login.Method));

    /// <summary>Returns whether ssh could try a key or a signature that is not supported here.</summary>
    private async ValueTask<bool> HasForeignKeyAsync(IReadOnlyList<UserKey> keys, CancellationToken cancellationToken)
    {
        var types = await identities.GetForeignTypesAsync(settings, cancellationToken).ConfigureAwait(false);
        if (types.Any(type => AllowedAlgorithms.SshSignsBy(settings, type)))
            return true;
        return AllowedAlgorithms.SshSignsBySha1(settings, serverAlgorithms)
            && keys.Any(key => key.KeyType == AllowedAlgorithms.RsaBySha1 && !Identities.IsTooShort(key, settings));
    }
}
