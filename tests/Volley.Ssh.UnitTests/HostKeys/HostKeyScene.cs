using System.Text;
using Volley.Ssh.HostKeys;
using Volley.Ssh.UnitTests.Keys;
using Xunit;

namespace Volley.Ssh.UnitTests.HostKeys;

/// <summary>Keys, and a file of known hosts that a test writes.</summary>
public abstract class HostKeyScene : IAsyncLifetime
{
    private protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private protected KeyFolder Folder { get; } = new();

    private protected string One { get; private set; } = "";

    private protected string Two { get; private set; } = "";

    private protected string Ecdsa { get; private set; } = "";

    /// <summary>The path of the file of known hosts.</summary>
    private protected string Known { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        One = await Folder.GenerateAsync("-t", "ed25519");
        Two = await Folder.GenerateAsync("-t", "ed25519");
        Ecdsa = await Folder.GenerateAsync("-t", "ecdsa");
        Known = Folder.NewPath("known");
    }

    public ValueTask DisposeAsync()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected HostKeyRules Policy(string host, int port = 22) => new() { Host = host, Port = port, UserFiles = [Known] };

    private protected HostKeyRules Strict(string host, int port = 22) => Policy(host, port) with { Checking = SshHostKeyPolicy.Strict };

    private protected static HostKeyChecker Checker(HostKeyRules policy) => new(policy, new KnownHosts());

    private protected static Task CheckAsync(HostKeyRules policy, string key) => CheckAsync(policy, Offer(key));

    private protected static async Task CheckAsync(HostKeyRules policy, HostKeyOffer offer) => await Checker(policy).CheckAsync(offer);

    private protected static async Task<bool> IsAcceptedAsync(HostKeyRules policy, string key)
    {
        try
        {
            await CheckAsync(policy, key);
            return true;
        }
        catch (SshException refusal)
        {
            Assert.Equal(SshFailure.HostKeyRejected, refusal.Failure);
            return false;
        }
    }

    private protected static Task<string> RefusalAsync(HostKeyRules policy, string key) => RefusalAsync(policy, Offer(key));

    private protected static async Task<string> RefusalAsync(HostKeyRules policy, HostKeyOffer offer)
    {
        var refusal = await Assert.ThrowsAsync<SshException>(() => CheckAsync(policy, offer));
        Assert.Equal(SshFailure.HostKeyRejected, refusal.Failure);
        return refusal.Message;
    }

    private protected static HostKeyOffer Offer(string key)
    {
        var words = File.ReadAllText(key + ".pub").Split(' ');
        return new(words[0], Convert.FromBase64String(words[1]));
    }

    private protected static string Public(string key) => string.Join(' ', File.ReadAllText(key + ".pub").Split(' ')[..2]);

    private protected async Task<HostKeyOffer> CertificateAsync(params string[] arguments)
    {
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-s", Two, "-I", "id", "-h", .. arguments, One + ".pub"]);
        return Offer(One + "-cert");
    }

    private protected static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private protected void Write(string text) => File.WriteAllText(Known, text, Encoding.ASCII);
}
