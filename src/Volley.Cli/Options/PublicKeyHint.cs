using Volley.Cli.Run;

namespace Volley.Cli.Options;

/// <summary>A hint for a failed login with a public key as the identity, which is of use only with an agent, if there is no agent.</summary>
internal static class PublicKeyHint
{
    private const string Extension = ".pub";

    /// <summary>Returns the hint; null if it does not apply.</summary>
    public static FailureHint? Find(HostOptions options, ProgramEnvironment environment)
    {
        var namesAgent = options.SshOptions.Values.Any(option => option.StartsWith("IdentityAgent", StringComparison.OrdinalIgnoreCase));
        if (namesAgent || File.Exists(environment.Variable("SSH_AUTH_SOCK")))
            return null;
        return options.Identity.Values.FirstOrDefault(path => path.EndsWith(Extension, StringComparison.Ordinal)) is { } key
            ? new(
                $"-i {key} is a public key, which needs an agent that holds its private key, and SSH_AUTH_SOCK names no agent; start one, "
                    + $"or give the private key: -i {key[..^Extension.Length]}",
                result => result.Outcome == NodeOutcome.AuthenticationFailed)
            : null;
    }
}
