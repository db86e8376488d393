
namespace Volley.Cli.Options;

/// <summary>A hint for a login that failed with a public key given as the identity: only an agent could sign for it, and there is none.</summary>
internal static class PublicKeyHint
{
    private const string Extension = ".pub";

    /// <summary>The hint; null where none applies.</summary>
    public static string? Of(HostOptions options, Surroundings surroundings)
    {
        var namesAgent = options.SshOptions.Values.Any(option => option.StartsWith("IdentityAgent", StringComparison.OrdinalIgnoreCase));
        if (namesAgent || File.Exists(surroundings.Variable("SSH_AUTH_SOCK")))
            return null;
        return options.Identity.Values.FirstOrDefault(path => path.EndsWith(Extension, StringComparison.Ordinal)) is { } key
            ? $"-i {key} is a public key, which serves only with an agent that holds its private key, and SSH_AUTH_SOCK names no agent; "
                + $"or give the private key: -i {key[..^Extension.Length]}"
            : null;
    }
}
