using Xunit;

namespace Volley.Testing;

/// <summary>The installed ssh-keygen, which makes the keys and certificates of tests.</summary>
public static class SshKeygen
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs ssh-keygen, which must succeed, and returns its output.</summary>
    public static async Task<string> RunAsync(params IReadOnlyList<string> arguments)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", arguments), Limit).ConfigureAwait(false);
        Assert.True(result.ExitCode == 0, $"ssh-keygen {string.Join(' ', arguments)}: {result}");
        return result.Stdout;
    }

    /// <summary>Makes a key without a passphrase: of Ed25519, unless the options name another type. The public key lies beside it.</summary>
    public static Task GenerateAsync(string path, params IReadOnlyList<string> options) =>
        RunAsync(["-q", .. options is [] ? (string[])["-t", "ed25519"] : options, "-N", "", "-f", path]);

    /// <summary>Encrypts a key that has no passphrase, with the fewest rounds.</summary>
    public static Task EncryptAsync(string path, string passphrase) => RunAsync("-q", "-p", "-P", "", "-N", passphrase, "-a", "1", "-f", path);

    /// <summary>Makes the certificate of a host's key: <c>KEY-cert.pub</c>.</summary>
    public static Task CertifyHostAsync(string authority, string key, params IReadOnlyList<string> options) =>
        RunAsync(["-q", "-s", authority, "-I", "id", "-h", .. options, key + ".pub"]);

    /// <summary>Makes the certificate of a user's key: <c>KEY-cert.pub</c>.</summary>
    public static Task CertifyUserAsync(string authority, string key, string user) =>
        RunAsync("-q", "-s", authority, "-I", "id", "-n", user, key + ".pub");
}
