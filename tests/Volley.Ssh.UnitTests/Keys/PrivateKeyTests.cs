using System.Text;
using CsCheck;
using Volley.Ssh.Keys.Files;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Keys;

/// <summary>Private key files that ssh-keygen and openssl have made; ssh-keygen checks what the keys sign.</summary>
public sealed class PrivateKeyTests : IDisposable
{
    private const string Passphrase = "pass phrase ü";

    private readonly KeyFolder _keys = new();

    public static TheoryData<string> Types => ["ed25519", "ecdsa 256", "ecdsa 384", "ecdsa 521", "rsa 2048", "rsa 3072"];

    public void Dispose() => _keys.Dispose();

    [Theory]
    [MemberData(nameof(Types))]
    public async Task EveryTypeInOpenSshsFormSigns(string type)
    {
        var path = await _keys.GenerateAsync(Arguments(type));
        using var key = KeyFolder.Open(path);
        Assert.Equal(KeyFolder.PublicBlob(path + ".pub"), key.PublicBlob.ToArray());
        Assert.Equal((await File.ReadAllTextAsync(path + ".pub")).Split(' ')[0], key.KeyType);
        Assert.Equal(path, key.Label);
        foreach (var algorithm in key.SignatureAlgorithms)
            await _keys.AssertSignsAsync(key, algorithm);
    }

    [Theory]
    [InlineData("aes128-ctr")]
    [InlineData("aes192-ctr")]
    [InlineData("aes256-ctr")]
    [InlineData("aes128-cbc")]
    [InlineData("aes192-cbc")]
    [InlineData("aes256-cbc")]
    [InlineData("aes128-gcm@openssh.com")]
    [InlineData("aes256-gcm@openssh.com")]
    [InlineData("chacha20-poly1305@openssh.com")]
    public async Task EveryCipherOfAnEncryptedKeyIsRead(string cipher)
    {
        var path = await _keys.GenerateAsync("-t", "ed25519", "-Z", cipher, "-N", Passphrase, "-a", "3");
        using var file = PrivateKeyFile.Read(path);
        Assert.True(file.IsEncrypted);
        Assert.Equal(KeyFolder.PublicBlob(path + ".pub"), file.PublicBlob!.Value.ToArray());
        Assert.Null(file.Open());
        Assert.Null(file.Open("not it"u8));
        using var key = file.Open(Encoding.UTF8.GetBytes(Passphrase));
        await _keys.AssertSignsAsync(key!);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task EveryTypeIsReadEncrypted(string type)
    {
        var path = await _keys.GenerateAsync([.. Arguments(type), "-N", Passphrase]);
        using var key = KeyFolder.Open(path, Passphrase);
        Assert.Equal(KeyFolder.PublicBlob(path + ".pub"), key.PublicBlob.ToArray());
        await _keys.AssertSignsAsync(key);
    }

    [Theory]
    [InlineData("ecdsa 256", "PEM")]
    [InlineData("ecdsa 384", "PEM")]
    [InlineData("ecdsa 521", "PEM")]
    [InlineData("rsa 2048", "PEM")]
    [InlineData("ecdsa 256", "PKCS8")]
    [InlineData("ecdsa 521", "PKCS8")]
    [InlineData("rsa 2048", "PKCS8")]
    public async Task PemFormsAreReadPlainAndEncrypted(string type, string form)
    {
        var path = await _keys.GenerateAsync([.. Arguments(type), "-m", form]);
        using (var plain = KeyFolder.Open(path))
        {
            Assert.Equal(KeyFolder.PublicBlob(path + ".pub"), plain.PublicBlob.ToArray());
            await _keys.AssertSignsAsync(plain);
        }

        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-p", "-P", "", "-N", Passphrase, "-m", form, "-f", path]);
        using var file = PrivateKeyFile.Read(path);
        Assert.True(file.IsEncrypted);
        Assert.Null(file.Open());
        Assert.Null(file.Open("not it"u8));
        using var key = file.Open(Encoding.UTF8.GetBytes(Passphrase));
        await _keys.AssertSignsAsync(key!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpensslsEd25519IsRead(bool isEncrypted)
    {
        var path = _keys.NewPath();
        await KeyFolder.RunAsync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", path, .. isEncrypted ? ["-aes-256-cbc", "-pass", $"pass:{Passphrase}"] : Array.Empty<string>()]);
        KeyFolder.SetMode(path, UnixFileMode.UserRead);
        var publicPath = _keys.NewPath("public");
        await KeyFolder.RunAsync("openssl", ["pkey", "-in", path, "-passin", $"pass:{Passphrase}", "-pubout", "-outform", "DER", "-out", publicPath]);
        using var file = PrivateKeyFile.Read(path);
        Assert.Equal(isEncrypted, file.IsEncrypted);
        if (isEncrypted)
            Assert.Null(file.Open("not it"u8));
        using var key = file.Open(Encoding.UTF8.GetBytes(isEncrypted ? Passphrase : ""));
        Assert.Equal((await File.ReadAllBytesAsync(publicPath))[^32..], key!.PublicBlob.ToArray()[^32..]);
        await _keys.AssertSignsAsync(key);
    }

    [Fact]
    public async Task AKeyThatOthersCanReadIsRefusedAsSshDoes()
    {
        var path = await _keys.GenerateAsync("-t", "ed25519");
        KeyFolder.SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var ssh = await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-y", "-f", path));
        Assert.NotEqual(0, ssh.ExitCode);
        var refusal = Assert.Throws<SshException>(() => PrivateKeyFile.Read(path));
        Assert.Equal((SshFailure.UnusableKey, $"{path} is not used: others can read it; run: chmod 600 {path}"), (refusal.Failure, refusal.Message));
    }

    [Fact]
    public async Task WhatIsNoKeyIsTold()
    {
        var path = await _keys.GenerateAsync("-t", "ed25519");
        Assert.Equal($"{path}.pub holds no private key", Refusal(() => PrivateKeyFile.Parse(File.ReadAllBytes(path + ".pub"), path + ".pub")));
        Assert.Equal("/nowhere/key: there is no such file", Refusal(() => PrivateKeyFile.Read("/nowhere/key")));
        Assert.Contains("can't be read", Refusal(() => PrivateKeyFile.Read(_keys.Folder)), StringComparison.Ordinal);
        Assert.Equal("k holds a DSA PRIVATE KEY, which is not supported", Refusal(() => PrivateKeyFile.Parse("-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n"u8, "k")));
    }

    [Fact]
    public async Task AKeyWhosePublicPartIsAnothersIsDamaged()
    {
        var text = await File.ReadAllTextAsync(await _keys.GenerateAsync("-t", "ed25519", "-C", ""));
        var lines = text.Split('\n');
        var body = Convert.FromBase64String(string.Concat(lines[1..^2]));
        // The public key stands there three times; this is the first.
        var at = body.AsSpan().IndexOf("ssh-ed25519"u8) + "ssh-ed25519".Length + 4;
        body[at] ^= 1;
        var changed = $"{lines[0]}\n{Convert.ToBase64String(body)}\n{lines[^2]}\n";
        using var file = PrivateKeyFile.Parse(Encoding.ASCII.GetBytes(changed), "k");
        Assert.Equal("k is damaged: its public key is not the private one's", Refusal(() => file.Open()));
    }

    [Fact]
    public async Task WhateverIsInAFileTheAnswerIsAKeyOrATypedRefusal()
    {
        string[] paths =
        [
            await _keys.GenerateAsync("-t", "ed25519"), await _keys.GenerateAsync("-t", "ecdsa"), await _keys.GenerateAsync("-t", "rsa", "-b", "2048"),
            await _keys.GenerateAsync("-t", "ecdsa", "-m", "PEM"), await _keys.GenerateAsync("-t", "ecdsa", "-m", "PKCS8"),
        ];
        var files = paths.Select(File.ReadAllBytes).ToArray();
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Int[0, 3000], Gen.Byte, Gen.Int[0, 3000]).Sample(
            change =>
            {
                var (which, at, value, length) = change;
                var file = files[which].ToArray();
                file[at % file.Length] = value;
                if (length % 4 == 0)
                    file = file[..(length % file.Length)];
                try
                {
                    using var parsed = PrivateKeyFile.Parse(file, "k");
                    parsed.Open()?.Dispose();
                }
                catch (SshException refusal)
                {
                    Assert.True(refusal.Failure is SshFailure.UnusableKey or SshFailure.UnsupportedKey, refusal.ToString());
                }
            },
            iter: 2_000);
    }

    [Fact]
    public async Task AnotherAlgorithmThanTheKeysIsNoneOfIts()
    {
        using var key = KeyFolder.Open(await _keys.GenerateAsync("-t", "rsa", "-b", "2048"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await key.SignAsync("ssh-rsa", new byte[3], null, default));
    }

    private static string[] Arguments(string type) => type.Split(' ') is [var name, var bits] ? ["-t", name, "-b", bits] : ["-t", type];

    private static string Refusal(Func<object?> action) => Assert.Throws<SshException>(action).Message;
}
