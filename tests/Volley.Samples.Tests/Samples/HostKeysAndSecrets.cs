using System.Security.Cryptography;
using System.Text;
using Volley;
using Volley.Ssh;

namespace Samples;

internal static class HostKeysAndSecrets
{
    public static SshOptions Policy()
    {
        #region policy
        var options = new SshOptions { ConfigFile = "ssh_config", HostKeyPolicy = SshHostKeyPolicy.Strict };
        #endregion
        return options;
    }

    public static SshOptions Callback(IReadOnlyDictionary<string, string> fingerprints)
    {
        #region callback
        // The fingerprints come from where the hosts are created.
        var options = new SshOptions
        {
            ConfigFile = "ssh_config",
            HostKeyCallback = (prompt, _) => ValueTask.FromResult(
                fingerprints.TryGetValue(prompt.Host, out var expected) && expected == prompt.Fingerprint
                    ? SshHostKeyDecision.AcceptOnce
                    : SshHostKeyDecision.Reject),
        };
        #endregion
        return options;
    }

    public static async Task PrivateKeyAsync(ReadOnlyMemory<byte> pem)
    {
        #region private-key
        using var key = SshPrivateKey.Parse(pem.Span);
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = "ssh_config", PrivateKeys = [key] });
        var host = await new ParallelExecutor(transport).RunToEndAsync(Target.Parse("web1"), CommandJob.Shell("true"));
        Console.WriteLine(host.Result.Cause);
        #endregion
    }

    public static async Task SignedMessageAsync(ReadOnlyMemory<byte> message)
    {
        #region signed-message
        using var signer = await SshSigner.OpenAsync("id_ed25519", Environment.GetEnvironmentVariable("SSH_AUTH_SOCK"));
        var signature = await signer.SignAsync(message, "release@example.org");
        var who = AllowedSigners.Read("allowed_signers").Verify(signature, message.Span, "release@example.org", DateTimeOffset.UtcNow);
        Console.WriteLine(who ?? "refused");
        #endregion
    }

    public static async Task PasswordAsync(string fromVault)
    {
        #region password
        var bytes = Encoding.UTF8.GetBytes(fromVault);
        using var password = new SshPassword(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = "ssh_config", Password = password });
        var host = await new ParallelExecutor(transport).RunToEndAsync(Target.Parse("web1"), CommandJob.Shell("true"));
        Console.WriteLine(host.Result.Cause);
        #endregion
    }
}
