using System.Numerics;
using System.Security.Cryptography;
using CsCheck;
using Org.BouncyCastle.Math.EC.Rfc7748;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Volley.Interop;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>libsodium's curves beside another implementation of them, and against values that are made to deceive.</summary>
public sealed class SodiumTests
{
    private static readonly Gen<byte[]> Keys = Gen.Byte.Array[32];

    [Fact]
    public void Ed25519MatchesItsVector()
    {
        // RFC 8032 section 7.1, test 3.
        var key = new byte[Sodium.SigningKeySize];
        Sodium.GetSigningKey(Convert.FromHexString("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"), key);
        Assert.Equal("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", Convert.ToHexStringLower(key[Sodium.SeedSize..]));
        var signature = new byte[Sodium.SignatureSize];
        Sodium.Sign(key, [0xaf, 0x82], signature);
        Assert.Equal(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            Convert.ToHexStringLower(signature));
        Assert.True(Sodium.Verify(key.AsSpan(Sodium.SeedSize), [0xaf, 0x82], signature));
    }

    [Fact]
    public void BothSidesOfAnExchangeAgreeWithAnotherImplementation() => Gen.Select(Keys, Keys).Sample((ours, theirs) =>
    {
        var (ourPublic, theirPublic) = (new byte[32], new byte[32]);
        Sodium.GetX25519PublicKey(ours, ourPublic);
        X25519.GeneratePublicKey(theirs, 0, theirPublic, 0);
        var (secret, same) = (new byte[32], new byte[32]);
        Assert.True(Sodium.TryAgree(ours, theirPublic, secret));
        Assert.True(X25519.CalculateAgreement(theirs, 0, ourPublic, 0, same, 0));
        Assert.Equal(same, secret);
    }, iter: 200);

    [Fact]
    public void SignaturesAreThoseOfAnotherImplementation() => Gen.Select(Keys, Gen.Byte.Array[0, 300]).Sample((seed, data) =>
    {
        var key = new byte[Sodium.SigningKeySize];
        Sodium.GetSigningKey(seed, key);
        var publicKey = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, publicKey, 0);
        Assert.Equal(publicKey, key[Sodium.SeedSize..]);
        var (ours, theirs) = (new byte[Sodium.SignatureSize], new byte[Ed25519.SignatureSize]);
        Sodium.Sign(key, data, ours);
        Ed25519.Sign(seed, 0, data, 0, data.Length, theirs, 0);
        Assert.Equal(theirs, ours);
        Assert.True(Sodium.Verify(publicKey, data, ours));
    }, iter: 200);

    [Fact]
    public void ABitThatChangesMakesASignatureWrong() => Gen.Select(Keys, Gen.Byte.Array[1, 300], Gen.Int[0, int.MaxValue]).Sample((seed, data, at) =>
    {
        var key = new byte[Sodium.SigningKeySize];
        Sodium.GetSigningKey(seed, key);
        var signature = new byte[Sodium.SignatureSize];
        Sodium.Sign(key, data, signature);
        byte[] all = [.. key[Sodium.SeedSize..], .. signature, .. data];
        var bit = at % (all.Length * 8);
        all[bit / 8] ^= (byte)(1 << (bit % 8));
        Assert.False(Sodium.Verify(all.AsSpan(0, 32), all.AsSpan(96), all.AsSpan(32, 64)));
    }, iter: 500);

    [Fact]
    public void ASecondFormOfASignatureIsRefused()
    {
        var key = new byte[Sodium.SigningKeySize];
        Sodium.GetSigningKey(RandomNumberGenerator.GetBytes(Sodium.SeedSize), key);
        var signature = new byte[Sodium.SignatureSize];
        Sodium.Sign(key, "text"u8, signature);
        // The same number, with the group's order added (RFC 8032 section 5.1.7: it must be below that).
        var order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);
        var number = new BigInteger(signature.AsSpan(32), isUnsigned: true) + order;
        Assert.True(number.TryWriteBytes(signature.AsSpan(32), out _, isUnsigned: true));
        Assert.False(Sodium.Verify(key.AsSpan(Sodium.SeedSize), "text"u8, signature));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    public void APointThatLeavesNoSecretIsRefused(string point)
    {
        var secret = new byte[Sodium.X25519Size];
        Assert.False(Sodium.TryAgree(RandomNumberGenerator.GetBytes(Sodium.X25519Size), Convert.FromHexString(point), secret));
    }

    [Fact]
    public void AKeyUnderWhichEverythingIsSignedIsRefused()
    {
        // The point 0 as key and as R, and S = 0: what a verification that looks at nothing else takes for any text.
        byte[] identity = [1, .. new byte[31]];
        Assert.False(Sodium.Verify(identity, "any"u8, [.. identity, .. new byte[32]]));
    }

    [Fact]
    public void EveryLengthIsChecked()
    {
        var (right, wrong) = (new byte[32], new byte[31]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.GetX25519PublicKey(wrong, right));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.GetX25519PublicKey(right, wrong));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.TryAgree(wrong, right, right));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.TryAgree(right, wrong, right));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.TryAgree(right, right, wrong));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.GetSigningKey(wrong, new byte[64]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.GetSigningKey(right, new byte[63]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.Sign(new byte[63], [], new byte[64]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.Sign(new byte[64], [], new byte[63]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.Verify(wrong, [], new byte[64]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.Verify(right, [], new byte[63]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.ChaCha20(wrong, new byte[8], 0, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.ChaCha20(right, new byte[7], 0, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.Poly1305(wrong, [], new byte[16]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.Poly1305(right, [], new byte[15]));
    }
}
