using System.Security.Cryptography;
using CsCheck;
using Volley.Ssh.Transport.Ciphers;
using Volley.Ssh.Transport.KeyExchange;
using Xunit;

namespace Volley.Ssh.UnitTests.Transport;

/// <summary>The ciphers against published vectors, and against modified packets.</summary>
public sealed class CipherTests
{
    private const int Header = PacketCipher.HeaderLength;

    [Fact]
    public void ChaChaPolyMatchesTheWorkedExample()
    {
        // draft-ietf-sshm-chacha20-poly1305, appendix A: packet 7.
        var key = Convert.FromHexString(
            "8bbff6855fc102338c373e73aac0c914f076a905b2444a32eecaffeae22becc5e9b7a7a5825a8249346ec1c28301cf394543fc7569887d76e168f37562ac0740");
        var clear = Convert.FromHexString(
            "00000048065e00000000000000384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c69744e43e804dc6c");
        var sealedPacket = Convert.FromHexString(
            "2c3ecce4a5bc05895bf07a7ba956b6c68829ac7c83b780b7000ecde745afc705bbc378ce03a280236b87b53bed5839662302b164b6286a48cd1e097138e3cb909b8b2b829dd18d2a35ff82d995349e855bf02c298ef775f2d1a7e8b8");
        using var cipher = new ChaChaPolyPackets(key);
        byte[] packet = [.. clear, .. new byte[cipher.TagLength]];
        cipher.Seal(7, packet);
        Assert.Equal(sealedPacket, packet);
        Assert.Equal(0x48u, cipher.ReadLength(7, packet));
        Assert.True(cipher.TryOpen(7, packet));
        Assert.Equal(clear[Header..], packet[Header..^cipher.TagLength]);
    }

    [Fact]
    public void AesGcmMatchesNistsVector()
    {
        // The GCM submission's test case 4 has 20 bytes of additional data, and SSH always has 4: so its key stream is
        // compared, and the tag with that of the platform.
        var key = Convert.FromHexString("feffe9928665731c6d6a8f9467308308");
        var iv = Convert.FromHexString("cafebabefacedbaddecaf888");
        var clear = Convert.FromHexString("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255");
        var encrypted = Convert.FromHexString("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985");
        using var cipher = new AesGcmPackets(key, iv);
        byte[] packet = [0, 0, 0, 64, .. clear, .. new byte[cipher.TagLength]];
        cipher.Seal(0, packet);
        Assert.Equal(encrypted, packet[Header..^cipher.TagLength]);
        // The next packet counts on: invocation counter plus one.
        byte[] second = [0, 0, 0, 64, .. clear, .. new byte[cipher.TagLength]];
        cipher.Seal(1, second);
        iv[^1]++;
        using var aes = new AesGcm(key, cipher.TagLength);
        var expected = new byte[clear.Length];
        var tag = new byte[cipher.TagLength];
        aes.Encrypt(iv, clear, expected, tag, new byte[] { 0, 0, 0, 64 });
        Assert.Equal([0, 0, 0, 64, .. expected, .. tag], second);
    }

    [Fact]
    public void AesCtrMatchesNistsVector()
    {
        // SP 800-38A F.5.5, CTR-AES256.
        using var cipher = new AesCtrHmacPackets(
            Convert.FromHexString("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
            Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
            Convert.FromHexString("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
        var clear = Convert.FromHexString("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
        var encrypted = Convert.FromHexString("601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
        byte[] packet = [0, 0, 0, 64, .. clear, .. new byte[cipher.TagLength]];
        cipher.Seal(5, packet);
        Assert.Equal(encrypted, packet[Header..^cipher.TagLength]);
        var mac = HMACSHA256.HashData(
            Convert.FromHexString("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), (byte[])[0, 0, 0, 5, .. packet[..^cipher.TagLength]]);
        Assert.Equal(mac, packet[^cipher.TagLength..]);
    }

    [Fact]
    public void WhatIsSealedOpensOnTheOtherSide() =>
        Gen.Select(Gen.Int[0, Suites.Length - 1].Select(i => Suites[i]), Gen.Int[1, 4096], Gen.Int[1, 4]).Sample((suite, blocks, packets) =>
        {
            var (sealer, opener) = Pair(suite);
            using var first = sealer;
            using var second = opener;
            for (uint number = 0; number < packets; number++)
            {
                var (packet, clear) = Packet(sealer, blocks);
                sealer.Seal(number, packet);
                Assert.Equal((uint)(clear.Length - Header), opener.ReadLength(number, packet));
                Assert.True(opener.TryOpen(number, packet));
                Assert.Equal(clear[Header..], packet[Header..^sealer.TagLength]);
            }
        }, time: 3);

    [Fact]
    public void AChangedPacketDoesNotOpen() =>
        Gen.Select(Gen.Int[0, Suites.Length - 1].Select(i => Suites[i]), Gen.Int[1, 64], Gen.Int[0, int.MaxValue], Gen.Int[0, 7]).Sample((suite, blocks, place, bit) =>
        {
            var (sealer, opener) = Pair(suite);
            using var first = sealer;
            using var second = opener;
            var (packet, _) = Packet(sealer, blocks);
            sealer.Seal(3, packet);
            packet[place % packet.Length] ^= (byte)(1 << bit);
            Assert.False(opener.TryOpen(3, packet));
        }, time: 3);

    [Theory]
    [InlineData("chacha20-poly1305@openssh.com")]
    [InlineData("aes256-ctr")]
    [InlineData("aes128-gcm@openssh.com")]
    [InlineData("aes256-gcm@openssh.com")]
    public void APacketOutOfTurnDoesNotOpen(string suite)
    {
        var (sealer, opener) = Pair(suite);
        using var first = sealer;
        using var second = opener;
        var (one, _) = Packet(sealer, 4);
        var (two, _) = Packet(sealer, 4);
        sealer.Seal(0, one);
        sealer.Seal(1, two);
        Assert.False(opener.TryOpen(0, two));
    }

    private static readonly string[] Suites =
        ["chacha20-poly1305@openssh.com", "aes256-ctr", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];

    private static (PacketCipher Sealer, PacketCipher Opener) Pair(string suite)
    {
        using var keys = new SessionKeys(HashAlgorithmName.SHA256, RandomNumberGenerator.GetBytes(36), RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        var ciphers = CipherSuite.From(suite, () => "hmac-sha2-256-etm@openssh.com");
        return (ciphers.Create(keys, toServer: true), ciphers.Create(keys, toServer: true));
    }

    private static (byte[] Packet, byte[] Clear) Packet(PacketCipher cipher, int blocks)
    {
        var length = blocks * cipher.BlockLength;
        byte[] clear = [.. Wire.UInt32((uint)length), .. RandomNumberGenerator.GetBytes(length)];
        return ([.. clear, .. new byte[cipher.TagLength]], clear);
    }
}
