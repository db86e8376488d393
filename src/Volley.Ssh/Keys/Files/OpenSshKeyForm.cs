using System.Text;
using Volley.Ssh.Primitives;

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
        var fields = new KeyFields(clear, label);
        // The two numbers are equal unless the passphrase was wrong.
        if (fields.UInt32() != fields.UInt32())
            return header.Cipher is null ? throw fields.Damaged() : null;
        var key = ReadKey(ref fields, label);
        fields.Bytes();
        var padding = fields.Rest;
        for (var i = 0; i < padding.Length; i++)
        {
            if (padding[i] != (byte)(i + 1))
            {
                key.Dispose();
                throw fields.Damaged();
            }
        }

        if (key.PublicBlob.Span.SequenceEqual(header.PublicBlob))
            return key;
        key.Dispose();
        throw new SshException(SshFailure.UnusableKey, $"{label} is damaged: its public key is not the private one's");
    }

    private static PrivateKey ReadKey(ref KeyFields fields, string label)
    {
        var type = fields.Name();
        switch (type)
        {
            case Ed25519PublicKey.TypeName:
                var publicKey = fields.Bytes();
                var both = fields.Bytes();
                if (both.Length != 2 * Ed25519PrivateKey.SeedSize || !both[Ed25519PrivateKey.SeedSize..].SequenceEqual(publicKey))
                    throw fields.Damaged();
                return Ed25519PrivateKey.FromSeed(label, both[..Ed25519PrivateKey.SeedSize]);
            case RsaPublicKey.TypeName:
                ReadOnlySpan<byte> n = fields.Integer(), e = fields.Integer(), d = fields.Integer();
                ReadOnlySpan<byte> inverse = fields.Integer(), p = fields.Integer(), q = fields.Integer();
                return RsaPrivateKey.Import(label, n, e, d, inverse, p, q);
            case "ecdsa-sha2-nistp256" or "ecdsa-sha2-nistp384" or "ecdsa-sha2-nistp521":
                var curve = fields.Name();
                if (!type.EndsWith(curve, StringComparison.Ordinal))
                    throw fields.Damaged();
                ReadOnlySpan<byte> point = fields.Bytes(), scalar = fields.Integer();
                return EcdsaPrivateKey.Import(label, curve, point, scalar);
            default:
                throw new SshException(SshFailure.UnservedKey, type.StartsWith("sk-", StringComparison.Ordinal)
                    ? $"{label} is of a security key; add it to an agent: ssh-add {label}"
                    : $"{label} is of type {type}, which is not served");
        }
    }

    private readonly ref struct Header
    {
        public Header(ReadOnlySpan<byte> body, string label)
        {
            var fields = new KeyFields(body, label);
            if (!fields.Take(Math.Min(Magic.Length, body.Length)).SequenceEqual(Magic))
                throw fields.Damaged();
            string cipher = fields.Name(), derivation = fields.Name();
            var options = new KeyFields(fields.Bytes(), label);
            if (cipher != "none")
            {
                Cipher = KeyFileCipher.Find(cipher);
                if (Cipher is null || derivation != "bcrypt")
                    throw new SshException(SshFailure.UnusableKey, $"{label} is encrypted by {cipher} and {derivation}, which is not served");
                Salt = options.Bytes();
                Rounds = options.UInt32();
                if (Salt.IsEmpty || Rounds == 0)
                    throw fields.Damaged();
            }

            options.End();
            if (fields.UInt32() != 1)
                throw fields.Damaged();
            PublicBlob = fields.Bytes();
            Encrypted = fields.Bytes();
            Tag = fields.Take(Cipher?.TagSize ?? 0);
            fields.End();
            if (Encrypted.IsEmpty || Encrypted.Length % (Cipher is { TagSize: 0 } or { IvSize: > 0 } ? 16 : UnencryptedBlock) != 0)
                throw fields.Damaged();
        }

        public KeyFileCipher? Cipher { get; }

        public ReadOnlySpan<byte> Salt { get; }

        public uint Rounds { get; }

        public ReadOnlySpan<byte> PublicBlob { get; }

        public ReadOnlySpan<byte> Encrypted { get; }

        public ReadOnlySpan<byte> Tag { get; }
    }
}
