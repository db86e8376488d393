using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Volley.Ssh.Transport.Ciphers;

/// <summary>
/// aes256-ctr (RFC 4344 section 4) with hmac-sha2-256-etm@openssh.com (OpenSSH's PROTOCOL section 1.2): the MAC covers the encrypted packet,
/// whose length is not encrypted.
/// </summary>
internal sealed class AesCtrHmacPackets : PacketCipher
{
    public const int KeyLength = 32;
    public const int IvLength = BlockBytes;
    public const int MacKeyLength = 32;

    private const int BlockBytes = 16;
    private const int KeyStreamLength = 256 * BlockBytes;

    private readonly Aes _aes;
    private readonly ICryptoTransform _encryptor;
    private readonly IncrementalHash _hmac;
    private readonly byte[] _counters = new byte[KeyStreamLength];
    private readonly byte[] _keyStream = new byte[KeyStreamLength];
    private UInt128 _counter;

    public AesCtrHmacPackets(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> macKey)
    {
        _aes = Aes.Create();
        _aes.SetKey(key);
#pragma warning disable CA5358 // The platform has no counter mode, so blocks of a counter are encrypted one by one.
        _aes.Mode = CipherMode.ECB;
#pragma warning restore CA5358
        _aes.Padding = PaddingMode.None;
        _encryptor = _aes.CreateEncryptor();
        _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, macKey);
        _counter = BinaryPrimitives.ReadUInt128BigEndian(iv);
    }

    public override int BlockLength => BlockBytes;

    public override int TagLength => SHA256.HashSizeInBytes;

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        Mac(sequenceNumber, packet[..^TagLength], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, packet[^TagLength..]))
            return false;
        Encrypt(packet[HeaderLength..^TagLength]);
        return true;
    }

    public override void Seal(uint sequenceNumber, Span<byte> packet)
    {
        Encrypt(packet[HeaderLength..^TagLength]);
        Mac(sequenceNumber, packet[..^TagLength], packet[^TagLength..]);
    }

    public override void Dispose()
    {
        _encryptor.Dispose();
        _aes.Dispose();
        _hmac.Dispose();
        CryptographicOperations.ZeroMemory(_keyStream);
    }

    private void Mac(uint sequenceNumber, ReadOnlySpan<byte> packet, Span<byte> mac)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(number, sequenceNumber);
        _hmac.AppendData(number);
        _hmac.AppendData(packet);
        _hmac.GetHashAndReset(mac);
    }

    /// <summary>Encrypts or decrypts, which is the same operation. The length must be a multiple of the block length.</summary>
    private void Encrypt(Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            var part = data[..Math.Min(data.Length, KeyStreamLength)];
            for (var i = 0; i < part.Length; i += BlockBytes)
                BinaryPrimitives.WriteUInt128BigEndian(_counters.AsSpan(i), unchecked(_counter++));
            _encryptor.TransformBlock(_counters, 0, part.Length, _keyStream, 0);
            Xor(part, _keyStream.AsSpan(0, part.Length));
            data = data[part.Length..];
        }
    }

    private static void Xor(Span<byte> data, ReadOnlySpan<byte> keyStream)
    {
        var wide = MemoryMarshal.Cast<byte, Vector<byte>>(data);
        var wideStream = MemoryMarshal.Cast<byte, Vector<byte>>(keyStream);
        for (var i = 0; i < wide.Length; i++)
            wide[i] ^= wideStream[i];
        for (var i = wide.Length * Vector<byte>.Count; i < data.Length; i++)
            data[i] ^= keyStream[i];
    }
}
