using System.Text;
using Volley.Ssh.Primitives;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys.Files;

/// <summary>Parses the body of a private key file in OpenSSH's own format (PROTOCOL.key).</summary>
internal static class OpenSshKeyForm
{
    public const string Label = "OPENSSH PRIVATE KEY";

    private const int UnencryptedBlock = 8;

    private static readonly byte[] Magic = Encoding.ASCII.GetBytes("openssh-key-v1\0");

    /// <summary>Returns what the file holds unencrypted: the public key, and whether the private key needs a passphrase.</summary>
    /// <exception cref="SshException">The body is invalid.</exception>
    public static (byte[] PublicBlob, bool IsEncrypted) ReadHeader(ReadOnlySpan<byte> body, string label)
    {
        var header = new Header(body, label);
        return (header.PublicBlob.ToArray(), header.Cipher is not null);
    }

    /// <summary>Decrypts the key. Returns null if the passphrase is wrong.</summary>
    /// <exception cref="SshException">The body is invalid, or the key is of an unsupported type.</exception>
    public static PrivateKey? Open(ReadOnlySpan<byte> body, ReadOnlySpan<byte> passphrase, string label)
    {
        var header = new Header(body, label);
        using var clear = new SecretBytes(header.Encrypted.Length);
        if (header.Cipher is not { } cipher)
        {
            header.Encrypted.CopyTo(clear.Span);
        }
        else
        {
            if (passphrase.IsEmpty)
                return null;
            using var keyAndIv = new SecretBytes(cipher.KeySize + cipher.IvSize);
            BcryptPbkdf.Derive(passphrase, header.Salt, header.Rounds, keyAndIv.Span);
            if (!cipher.TryDecrypt(keyAndIv.Span, header.Encrypted, header.Tag, clear.Span))
                return null;
        }

        return Read(clear.Span, label, header);
    }

    private static PrivateKey? Read(ReadOnlySpan<byte> clear, string label, in Header header)
    {
        var fields = new SshReader(clear, label);
        // The two numbers are equal unless the passphrase was wrong.
        if (fields.ReadUInt32() != fields.ReadUInt32())
            return header.Cipher is null ? throw fields.Invalid() : null;
        var key = ReadKey(ref fields, label);
        fields.ReadString();
        var padding = fields.Rest;
        for (var i = 0; i < padding.Length; i++)
        {
            if (padding[i] != (byte)(i + 1))
            {
                key.Dispose();
                throw fields.Invalid();
            }
        }

        if (key.PublicBlob.Span.SequenceEqual(header.PublicBlob))
            return key;
        key.Dispose();
        throw new SshException(SshFailure.UnusableKey, $"{label} is damaged: its public key is not the private one's");
    }

    private static PrivateKey ReadKey(ref SshReader fields, string label)
    {
        var type = fields.ReadName();
        switch (KeyAlgorithm.FindByKeyType(type))
        {
            case { Family: KeyFamily.Ed25519 }:
                var publicKey = fields.ReadString();
                var both = fields.ReadString();
                if (both.Length != 2 * Ed25519PrivateKey.SeedSize || !both[Ed25519PrivateKey.SeedSize..].SequenceEqual(publicKey))
                    throw fields.Invalid();
                return Ed25519PrivateKey.FromSeed(label, both[..Ed25519PrivateKey.SeedSize]);
            case { Family: KeyFamily.Rsa }:
                ReadOnlySpan<byte> n = fields.ReadMpint(), e = fields.ReadMpint(), d = fields.ReadMpint();
                ReadOnlySpan<byte> inverse = fields.ReadMpint(), p = fields.ReadMpint(), q = fields.ReadMpint();
                return RsaPrivateKey.Import(label, n, e, d, inverse, p, q);
            case { Curve: { } curve }:
                if (fields.ReadName() != curve.Name)
                    throw fields.Invalid();
                ReadOnlySpan<byte> point = fields.ReadString(), scalar = fields.ReadMpint();
                return EcdsaPrivateKey.Import(label, curve, point, scalar);
            default:
                throw new SshException(SshFailure.UnsupportedKey, KeyTypes.IsSecurityKey(type)
                    ? $"{label} is of a security key; add it to an agent: ssh-add {label}"
                    : $"{label} is of type {type}, which is not supported");
        }
    }

    private readonly ref struct Header
    {
        public Header(ReadOnlySpan<byte> body, string label)
        {
            var fields = new SshReader(body, label);
            if (!fields.ReadRaw(Math.Min(Magic.Length, body.Length)).SequenceEqual(Magic))
                throw fields.Invalid();
            string cipher = fields.ReadName(), derivation = fields.ReadName();
            var options = new SshReader(fields.ReadString(), label);
            if (cipher != "none")
            {
                Cipher = KeyFileCipher.Find(cipher);
                if (Cipher is null || derivation != "bcrypt")
                    throw new SshException(SshFailure.UnusableKey, $"{label} is encrypted by {cipher} and {derivation}, which is not supported");
                Salt = options.ReadString();
                Rounds = options.ReadUInt32();
                if (Salt.IsEmpty || Rounds == 0)
                    throw fields.Invalid();
            }

            options.CheckEnd();
            if (fields.ReadUInt32() != 1)
                throw fields.Invalid();
            PublicBlob = fields.ReadString();
            Encrypted = fields.ReadString();
            Tag = fields.ReadRaw(Cipher?.TagSize ?? 0);
            fields.CheckEnd();
            if (Encrypted.IsEmpty || Encrypted.Length % (Cipher is { TagSize: 0 } or { IvSize: > 0 } ? 16 : UnencryptedBlock) != 0)
                throw fields.Invalid();
        }

        public KeyFileCipher? Cipher { get; }

        public ReadOnlySpan<byte> Salt { get; }

        public uint Rounds { get; }

        public ReadOnlySpan<byte> PublicBlob { get; }

        public ReadOnlySpan<byte> Encrypted { get; }

        public ReadOnlySpan<byte> Tag { get; }
    }
}
