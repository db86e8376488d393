using System.Text;
using Volley.Ssh.UnitTests.Keys;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Signatures;

public sealed class SignatureTests : IDisposable
{
    private const string Purpose = "job@volley.test";

    private static readonly byte[] Message = Encoding.UTF8.GetBytes("run it\n");

    private readonly KeyFolder _keys = new();

    public void Dispose() => _keys.Dispose();

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa")]
    [InlineData("rsa")]
    public async Task EachSideAcceptsTheOthersSignature(string type)
    {
        var path = await _keys.GenerateAsync("-t", type);
        var allowed = Write("allowed", $"me@here {await File.ReadAllTextAsync(path + ".pub", Token)}");
        using var signer = await SshSigner.OpenAsync(path, cancellationToken: Token);
        var ours = await signer.SignAsync(Message, Purpose, Token);
        var verified = await VerifyByKeygenAsync(allowed, ours);
        Assert.True(verified.ExitCode == 0, verified.ToString());
        Assert.Contains(signer.Fingerprint, verified.Stdout, StringComparison.Ordinal);
        foreach (var hash in new[] { "sha256", "sha512" })
        {
            var theirs = SshSignature.Parse(await SignByKeygenAsync(path, $"-Ohashalg={hash}"));
            Assert.Equal(Purpose, theirs.Namespace);
            Assert.Equal(signer.Fingerprint, theirs.Fingerprint);
            Assert.Equal("me@here", AllowedSigners.Read(allowed).Verify(theirs, Message, Purpose, DateTimeOffset.UtcNow));
        }
    }

    [Fact]
    public async Task AnyOtherMessagePurposeOrKeyIsRefused()
    {
        var path = await _keys.GenerateAsync("-t", "ed25519");
        var other = await _keys.GenerateAsync("-t", "ed25519");
        var signers = AllowedSigners.Parse($"me {await File.ReadAllTextAsync(path + ".pub", Token)}");
        var text = await SignByKeygenAsync(path);
        var signature = SshSignature.Parse(text);
        Assert.Equal("me", signers.Verify(signature, Message, Purpose, DateTimeOffset.UtcNow));
        Assert.Null(signers.Verify(signature, "run it"u8, Purpose, DateTimeOffset.UtcNow));
        Assert.Null(signers.Verify(signature, Message, "file", DateTimeOffset.UtcNow));
        Assert.Null(signers.Verify(SshSignature.Parse(await SignByKeygenAsync(other)), Message, Purpose, DateTimeOffset.UtcNow));
        Assert.Null(AllowedSigners.Parse("# nobody\n\n").Verify(signature, Message, Purpose, DateTimeOffset.UtcNow));
        // Whatever bit is changed, the signature is damaged or is refused.
        var lines = text.Split('\n');
        var blob = Convert.FromBase64String(string.Concat(lines[1..^2]));
        for (var i = 0; i < blob.Length; i++)
        {
            var changed = (byte[])blob.Clone();
            changed[i] ^= (byte)(1 << (i % 8));
            var damaged = $"{lines[0]}\n{Convert.ToBase64String(changed)}\n{lines[^2]}";
            string? accepted;
            try
            {
                accepted = signers.Verify(SshSignature.Parse(damaged), Message, Purpose, DateTimeOffset.UtcNow);
            }
            catch (SshException refused)
            {
                Assert.Equal(SshFailure.UnusableKey, refused.Failure);
                continue;
            }

            Assert.Null(accepted);
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("namespaces=\"job@*,!job@other.test\"", true)]
    [InlineData("namespaces=\"file,git\"", false)]
    [InlineData("valid-after=\"20200101\"", true)]
    [InlineData("valid-after=\"21200101\"", false)]
    [InlineData("valid-before=\"202001010000\"", false)]
    [InlineData("valid-after=\"20200101000000Z\",valid-before=\"21200101Z\"", true)]
    [InlineData("namespaces=\"job@volley.test\",valid-before=\"20200101Z\"", false)]
    [InlineData("cert-authority", false)]
    public async Task OptionsRestrictAsInKeygen(string options, bool isAccepted)
    {
        var path = await _keys.GenerateAsync("-t", "ed25519");
        var allowed = Write("allowed", $"\"me@here,we@*\" {options} {await File.ReadAllTextAsync(path + ".pub", Token)}");
        using var signer = await SshSigner.OpenAsync(path, cancellationToken: Token);
        var signature = await signer.SignAsync(Message, Purpose, Token);
        Assert.Equal(isAccepted ? "me@here,we@*" : null, AllowedSigners.Read(allowed).Verify(signature, Message, Purpose, DateTimeOffset.UtcNow));
        Assert.Equal(isAccepted, (await VerifyByKeygenAsync(allowed, signature)).ExitCode == 0);
    }

    [Theory]
    [InlineData("-n me@here -V +1h", "me@here", true)]
    [InlineData("-n me@here,you@here -V +1h", "me@*", true)]
    [InlineData("-n you@here -V +1h", "me@*", false)]
    [InlineData("-n me@here -V 20200101:20200201", "me@here", false)]
    [InlineData("-h -n me@here -V +1h", "me@here", false)]
    public async Task ACertificateSignsForItsPrincipals(string certificate, string principals, bool isAccepted)
    {
        var authority = await _keys.GenerateAsync("-t", "ed25519");
        var path = await _keys.GenerateAsync("-t", "ed25519");
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-s", authority, "-I", "id", .. certificate.Split(' '), path + ".pub"]);
        var allowed = Write("allowed", $"{principals} cert-authority {await File.ReadAllTextAsync(authority + ".pub", Token)}");
        var signature = SshSignature.Parse(await SignByKeygenAsync(path + "-cert.pub"));
        Assert.Equal(isAccepted ? "me@here" : null, AllowedSigners.Read(allowed).Verify(signature, Message, Purpose, DateTimeOffset.UtcNow));
        Assert.Equal(isAccepted, (await VerifyByKeygenAsync(allowed, signature)).ExitCode == 0);
    }

    [Theory]
    [InlineData("me", "PRINCIPALS")]
    [InlineData("me ssh-ed25519", "PRINCIPALS")]
    [InlineData("me ssh-ed25519 AAAA", "damaged")]
    [InlineData("me namespace=\"a\" KEY", "'namespace'")]
    [InlineData("me namespaces=a KEY", "double quotes")]
    [InlineData("me namespaces=\"a\",namespaces=\"b\" KEY", "'namespaces'")]
    [InlineData("me namespaces=\"a KEY", "quotation mark")]
    [InlineData("me valid-before=\"soon\" KEY", "'soon' is no time")]
    [InlineData("me valid-after=\"20300101\",valid-before=\"20200101\" KEY", "valid-after is not before")]
    [InlineData("me cert-authority, KEY", "no name")]
    public async Task OneWrongLineRefusesTheFile(string line, string message)
    {
        var key = (await File.ReadAllTextAsync(await _keys.GenerateAsync("-t", "ed25519") + ".pub", Token)).TrimEnd();
        var refused = Assert.Throws<SshException>(() => AllowedSigners.Parse($"# first\n{line.Replace("KEY", key, StringComparison.Ordinal)}\nyou {key}\n", "signers"));
        Assert.StartsWith("signers line 2: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAgentSignsForAPublicKeyOrAnEncryptedOne()
    {
        var path = await _keys.GenerateAsync("-t", "ed25519", "-N", "secret");
        var plain = await _keys.GenerateAsync("-t", "rsa");
        var socket = Path.Combine(_keys.Folder, "agent");
        var refused = await Assert.ThrowsAsync<SshException>(async () => await SshSigner.OpenAsync(path, cancellationToken: Token));
        Assert.Contains("no ssh-agent is known", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<SshException>(async () => await SshSigner.OpenAsync(plain + ".pub", socket, Token));
        Assert.Contains("can't be reached", refused.Message, StringComparison.Ordinal);
        await using var agent = await KeyFolder.StartAgentAsync(socket, plain);
        refused = await Assert.ThrowsAsync<SshException>(async () => await SshSigner.OpenAsync(path, socket, Token));
        Assert.Contains("does not have the key", refused.Message, StringComparison.Ordinal);
        using var signer = await SshSigner.OpenAsync(plain + ".pub", socket, Token);
        var signature = await signer.SignAsync(Message, Purpose, Token);
        var signers = AllowedSigners.Parse($"me {await File.ReadAllTextAsync(plain + ".pub", Token)}");
        Assert.Equal("me", signers.Verify(signature, Message, Purpose, DateTimeOffset.UtcNow));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Write(string name, string text)
    {
        var path = _keys.NewPath(name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task<string> SignByKeygenAsync(string key, params string[] options)
    {
        var path = _keys.NewPath("message");
        await File.WriteAllBytesAsync(path, Message, Token);
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-Y", "sign", "-f", key, "-n", Purpose, .. options, path]);
        return await File.ReadAllTextAsync(path + ".sig", Token);
    }

    private Task<ProgramResult> VerifyByKeygenAsync(string allowed, SshSignature signature) => ProgramRun.RunAsync(
        new ProgramStart("ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "me@here", "-n", Purpose, "-s", Write("signature", signature.ToString())) { Input = Message },
        TimeSpan.FromSeconds(60));
}
