using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Volley.Ssh.Keys;
using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>Public keys and their signatures.</summary>
public sealed class PublicKeyTests
{
    [Theory]
    [InlineData(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    public void Ed25519MatchesItsVectors(string key, string data, string signature)
    {
        // RFC 8032 section 7.1, tests 1 and 2.
        using var publicKey = PublicKey.Parse(Wire.Blob("ssh-ed25519", Convert.FromHexString(key)));
        Assert.True(publicKey.Verify("ssh-ed25519", Convert.FromHexString(data), Wire.Blob("ssh-ed25519", Convert.FromHexString(signature))));
    }

    [Fact]
    public void EcdsaMatchesItsVector()
    {
        // RFC 6979 appendix A.2.5: P-256 with SHA-256, "sample".
        using var publicKey = PublicKey.Parse(Wire.Blob("ecdsa-sha2-nistp256", "nistp256"u8.ToArray(), Convert.FromHexString(
            "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299")));
        var signature = Wire.Blob("ecdsa-sha2-nistp256", (byte[])[
            0, 0, 0, 33, 0, .. Convert.FromHexString("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"),
            0, 0, 0, 33, 0, .. Convert.FromHexString("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8")]);
        Assert.True(publicKey.Verify("ecdsa-sha2-nistp256", "sample"u8, signature));
        Assert.False(publicKey.Verify("ecdsa-sha2-nistp256", "simple"u8, signature));
    }

    [Theory]
    [InlineData("ssh-ed25519")]
    [InlineData("ecdsa-sha2-nistp256")]
    [InlineData("ecdsa-sha2-nistp384")]
    [InlineData("ecdsa-sha2-nistp521")]
    [InlineData("rsa-sha2-512")]
    [InlineData("rsa-sha2-256")]
    public void OnlyTheSignatureOfTheDataIsTaken(string algorithm)
    {
        var signer = TransportKey.Create(algorithm);
        using var key = PublicKey.Parse(signer.PublicBlob.Span);
        Assert.Equal(signer.PublicBlob.ToArray(), key.Blob.ToArray());
        Assert.Contains(algorithm, key.SignatureAlgorithms);
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, int.MaxValue], Gen.Int[0, 7]).Sample((data, place, bit) =>
        {
            var signature = signer.Sign(algorithm, data);
            Assert.True(key.Verify(algorithm, data, signature));
            Assert.False(key.Verify(algorithm, [.. data, 0], signature));
            Assert.False(key.Verify(algorithm, data, [.. signature, 0]));
            Assert.False(key.Verify(algorithm, data, signature.AsSpan(0, place % signature.Length)));
            signature[place % signature.Length] ^= (byte)(1 << bit);
            Assert.False(key.Verify(algorithm, data, signature));
        }, time: 1, threads: 1);
    }

    [Theory]
    [InlineData("ssh-ed25519")]
    [InlineData("ecdsa-sha2-nistp256")]
    [InlineData("ssh-rsa")]
    public void AnythingElseIsNeitherAKeyNorASignature(string type)
    {
        var blob = TransportKey.Create(type).PublicBlob.ToArray();
        using var key = PublicKey.Parse(blob);
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, int.MaxValue], Gen.Byte).Sample((bytes, place, value) =>
        {
            foreach (var algorithm in key.SignatureAlgorithms)
                Assert.False(key.Verify(algorithm, bytes, bytes));
            CheckParses(bytes);
            CheckParses(blob[..(place % blob.Length)]);
            byte[] changed = [.. blob];
            changed[place % blob.Length] = value;
            CheckParses(changed);
        }, time: 1, threads: 1);
    }

    [Fact]
    public void ShaOneIsNeverTaken()
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(false);
        using var key = PublicKey.Parse(Wire.Blob("ssh-rsa", Wire.Positive(parameters.Exponent!), Wire.Positive(parameters.Modulus!)));
#pragma warning disable CA5350 // That it is weak is the point.
        var signature = rsa.SignData("data"u8.ToArray(), HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);
#pragma warning restore CA5350
        foreach (var name in (string[])["ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"])
        {
            Assert.False(key.Verify("ssh-rsa", "data"u8, Wire.Blob(name, signature)));
            Assert.False(key.Verify("rsa-sha2-256", "data"u8, Wire.Blob(name, signature)));
        }
    }

    [Fact]
    public void ASignatureOfAnotherAlgorithmIsNotTaken()
    {
        var signer = TransportKey.Create("ssh-rsa");
        using var key = PublicKey.Parse(signer.PublicBlob.Span);
        Assert.False(key.Verify("rsa-sha2-512", "data"u8, signer.Sign("rsa-sha2-256", "data"u8.ToArray())));
        Assert.True(key.Verify("rsa-sha2-256", "data"u8, signer.Sign("rsa-sha2-256", "data"u8.ToArray())));
    }

    [Fact]
    public void ARsaSignatureMayLackItsLeadingZeros()
    {
        var signer = TransportKey.Create("ssh-rsa");
        using var key = PublicKey.Parse(signer.PublicBlob.Span);
        for (var i = 0; i < 20_000; i++)
        {
            var data = Encoding.ASCII.GetBytes($"{i}");
            var signature = signer.Sign("rsa-sha2-256", data);
            var bytes = Second(signature);
            if (bytes[0] != 0)
                continue;
            Assert.True(key.Verify("rsa-sha2-256", data, Wire.Blob("rsa-sha2-256", bytes.TrimStart((byte)0).ToArray())));
            return;
        }
        Assert.Fail("no signature began with zero");
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(2040)]
    public void AShortRsaKeyIsRefused(int bits)
    {
        using var rsa = RSA.Create(bits);
        var parameters = rsa.ExportParameters(false);
        var refusal = Assert.Throws<SshException>(() => PublicKey.Parse(
            Wire.Blob("ssh-rsa", Wire.Positive(parameters.Exponent!), Wire.Positive(parameters.Modulus!))));
        Assert.Equal(SshFailure.UnusableKey, refusal.Failure);
        Assert.Contains($"{bits} bits", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APointOffItsCurveIsRefused()
    {
        byte[] point = [4, .. Enumerable.Repeat((byte)1, 64)];
        Assert.Equal(SshFailure.UnusableKey, Assert.Throws<SshException>(
            () => PublicKey.Parse(Wire.Blob("ecdsa-sha2-nistp256", "nistp256"u8.ToArray(), point))).Failure);
    }

    [Fact]
    public void ACertificatesKeyIsTheOneThatItCertifies()
    {
        var signer = TransportKey.Create("ssh-ed25519");
        var bytes = Second(signer.PublicBlob.Span);
        var certificate = Wire.Blob("ssh-ed25519-cert-v01@openssh.com", RandomNumberGenerator.GetBytes(32), bytes.ToArray(), "the rest"u8.ToArray());
        using var key = PublicKey.ParseCertified(certificate);
        Assert.Equal(signer.PublicBlob.ToArray(), key.Blob.ToArray());
        Assert.Throws<SshException>(() => PublicKey.Parse(certificate));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AKeyHasOneFormOnly(int zeros)
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(false);
        byte[] exponent = Wire.Positive(parameters.Exponent!), modulus = Wire.Positive(parameters.Modulus!);
        PublicKey.Parse(Wire.Blob("ssh-rsa", exponent, modulus)).Dispose();
        byte[][] fields = [[.. new byte[zeros], .. exponent], modulus];
        Assert.Throws<SshException>(() => PublicKey.Parse(Wire.Blob("ssh-rsa", fields)));
        var certificate = Wire.Blob("ssh-rsa-cert-v01@openssh.com", [new byte[32], .. fields, "the rest"u8.ToArray()]);
        Assert.Throws<SshException>(() => PublicKey.ParseCertified(certificate));
        PublicKey.ParseCertified(Wire.Blob("ssh-rsa-cert-v01@openssh.com", new byte[32], exponent, modulus, "the rest"u8.ToArray())).Dispose();
    }

    private static ReadOnlySpan<byte> Second(ReadOnlySpan<byte> blob)
    {
        var fields = new SshReader(blob, "it");
        fields.ReadString();
        return fields.ReadString();
    }

    /// <summary>A key, or the one kind of exception that says it is none.</summary>
    private static void CheckParses(byte[] blob)
    {
        try
        {
            PublicKey.Parse(blob).Dispose();
        }
        catch (SshException e)
        {
            Assert.Equal(SshFailure.UnusableKey, e.Failure);
        }
    }
}
