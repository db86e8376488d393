using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Volley.Ssh.Transport;
using Volley.Ssh.Transport.KeyExchange;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Transport;

/// <summary>The key exchanges against published vectors, and against values that are none.</summary>
public sealed class KeyExchangeTests
{
    [Fact]
    public void X25519MatchesItsVector()
    {
        // RFC 7748 section 6.1.
        var bob = Convert.FromHexString("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        using var alice = new X25519Share(Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        Assert.Equal("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", Convert.ToHexStringLower(alice.PublicKey));
        var secret = new byte[32];
        Assert.True(alice.TryAgree(bob, secret));
        Assert.Equal("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", Convert.ToHexStringLower(secret));
    }

    [Fact]
    public void MlKem768MatchesTheAccumulatedVectors()
    {
        // C2SP's CCTV, ML-KEM: ten thousand key pairs, encapsulations and decapsulations, of right and of random
        // ciphertexts, out of one SHAKE128, and into another.
        const int Rounds = 10_000;
        var source = new ShakeDigest(128);
        var sum = new ShakeDigest(128);
        for (var i = 0; i < Rounds; i++)
        {
            var key = MLKemPrivateKeyParameters.FromSeed(MLKemParameters.ml_kem_768, Draw(source, 64));
            var encapsulator = new MLKemEncapsulator(MLKemParameters.ml_kem_768);
            encapsulator.Init(new ParametersWithRandom(key.GetPublicKey(), new Drawn(Draw(source, 32))));
            var (ciphertext, secret) = (new byte[encapsulator.EncapsulationLength], new byte[encapsulator.SecretLength]);
            encapsulator.Encapsulate(ciphertext, secret);
            var decapsulator = new MLKemDecapsulator(MLKemParameters.ml_kem_768);
            decapsulator.Init(key);
            var (again, implicitly) = (new byte[secret.Length], new byte[secret.Length]);
            decapsulator.Decapsulate(ciphertext, again);
            Assert.Equal(secret, again);
            decapsulator.Decapsulate(Draw(source, ciphertext.Length), implicitly);
            foreach (var part in (byte[][])[key.GetPublicKeyEncoded(), key.GetEncoded(), ciphertext, secret, implicitly])
                sum.BlockUpdate(part, 0, part.Length);
        }
        Assert.Equal("f959d18d3d1180121433bf0e05f11e7908cf9d03edc150b2b07cb90bef5bc1c1", Convert.ToHexStringLower(Draw(sum, 32)));
    }

    [Theory]
    [InlineData("curve25519-sha256", 32)]
    [InlineData("ecdh-sha2-nistp256", 65)]
    [InlineData("ecdh-sha2-nistp384", 97)]
    [InlineData("mlkem768x25519-sha256", 1088 + 32)]
    public void AValueThatIsNoneIsRefused(string method, int length)
    {
        using var agreement = KeyAgreement.Create(method);
        var values = new List<byte[]> { Array.Empty<byte>(), new byte[length - 1], new byte[length + 1], new byte[length] };
        // A point that is not on its curve, one at infinity, and a compressed one.
        if (method.StartsWith("ecdh", StringComparison.Ordinal))
            values.AddRange([[4, .. Enumerable.Repeat((byte)1, length - 1)], [0], [2, .. new byte[length / 2]], [5, .. new byte[length - 1]]]);
        // Points of small order on Curve25519: the secret would be zero, whatever ours is.
        if (method.Contains("25519", StringComparison.Ordinal))
        {
            foreach (var point in (string[])[
                "0100000000000000000000000000000000000000000000000000000000000000",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"])
                values.Add([.. new byte[length - 32], .. Convert.FromHexString(point)]);
        }
        foreach (var value in values)
            Assert.Equal(SshFailure.KeyExchangeFailed, Assert.Throws<SshException>(() => agreement.Agree(value)).Failure);
    }

    [Fact]
    public void ASecretIsANumberWithoutLeadingZeros()
    {
        Assert.Equal([0, 0, 0, 1, 0x7f], SshWriter.EncodeMpint([0, 0, 0x7f]));
        Assert.Equal([0, 0, 0, 2, 0, 0x80], SshWriter.EncodeMpint([0, 0x80]));
        Assert.Equal([0, 0, 0, 0], SshWriter.EncodeMpint([0]));
    }

    [Fact]
    public void LongKeysAreContinuedByTheHash()
    {
        var (secret, hash, session) = (new byte[] { 0, 0, 0, 1, 9 }, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        using var keys = new SessionKeys(HashAlgorithmName.SHA256, secret, hash, session);
        var key = new byte[80];
        keys.Derive('C', key);
        // RFC 4253 section 7.2: K1 = HASH(K || H || X || session_id), K2 = HASH(K || H || K1), and so on.
        var first = SHA256.HashData([.. secret, .. hash, (byte)'C', .. session]);
        var second = SHA256.HashData([.. secret, .. hash, .. first]);
        var third = SHA256.HashData([.. secret, .. hash, .. first, .. second]);
        Assert.Equal([.. first, .. second, .. third[..16]], key);
        keys.Dispose();
        Assert.All(secret, b => Assert.Equal(0, b));
    }

    [Fact]
    public void TheServersChoiceIsTheClientsFirstThatItHas()
    {
        var client = KexInit.Create(NativeInteropServer.Options());
        var server = KexInit.Read(client.Write(new byte[KexInit.CookieLength], isFirst: true)) with
        {
            KeyExchanges = ["diffie-hellman-group1-sha1", "ecdh-sha2-nistp256", "curve25519-sha256"],
            HostKeys = ["ssh-rsa", "rsa-sha2-256", "ssh-ed25519"],
            CiphersToClient = ["3des-cbc", "aes256-gcm@openssh.com"],
        };
        var agreed = Agreed.Negotiate(client, server);
        Assert.Equal("curve25519-sha256", agreed.KeyExchange);
        Assert.Equal("ssh-ed25519", agreed.HostKey);
        Assert.Equal("aes256-gcm@openssh.com", agreed.ToClient.Cipher);
        Assert.Equal("aes128-gcm@openssh.com", agreed.ToServer.Cipher);
    }

    [Fact]
    public void NothingInCommonNamesBothLists()
    {
        var client = KexInit.Create(NativeInteropServer.Options(hostKey: "ssh-ed25519"));
        var server = client with { HostKeys = ["ssh-rsa", "ssh-dss"] };
        var refusal = Assert.Throws<SshException>(() => Agreed.Negotiate(client, server));
        Assert.Equal(SshFailure.NoCommonAlgorithm, refusal.Failure);
        Assert.Equal("no common host key algorithm: the server has ssh-rsa,ssh-dss; we have ssh-ed25519", refusal.Message);
    }

    [Fact]
    public void OnlyACipherThatNeedsAMacAsksForOne()
    {
        var client = KexInit.Create(NativeInteropServer.Options());
        var server = client with { MacsToClient = ["hmac-sha1"] };
        Assert.Null(Agreed.Negotiate(client, server).ToClient.Mac);
        var counter = client with { CiphersToClient = ["aes256-ctr"] };
        Assert.Contains("no common MAC", Assert.Throws<SshException>(() => Agreed.Negotiate(counter, server)).Message, StringComparison.Ordinal);
    }

    private static byte[] Draw(ShakeDigest source, int count)
    {
        var bytes = new byte[count];
        source.Output(bytes, 0, count);
        return bytes;
    }

    /// <summary>"Random" bytes that the test has drawn.</summary>
    private sealed class Drawn(byte[] bytes) : SecureRandom(null)
    {
        public override void NextBytes(byte[] buf) => bytes.CopyTo(buf, 0);

        public override void NextBytes(byte[] buf, int off, int len) => bytes.AsSpan(0, len).CopyTo(buf.AsSpan(off));

        public override void NextBytes(Span<byte> buffer) => bytes.CopyTo(buffer);
    }
}
