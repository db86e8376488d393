using Volley.Interop;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>ssh-ed25519: RFC 8709.</summary>
internal sealed class Ed25519PublicKey : PublicKey
{
    public const string TypeName = "ssh-ed25519";

    private readonly byte[] _key;

    private Ed25519PublicKey(byte[] key)
        : base(TypeName, Encode(key)) => _key = key;

    /// <summary>Returns a key in SSH's encoding.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> key)
    {
        var blob = SshWriter.WithoutNumber();
        blob.WriteText(TypeName);
        blob.WriteString(key);
        return blob.ToArray();
    }

    public static Ed25519PublicKey Read(ref SshReader fields)
    {
        var key = fields.ReadString();
        return key.Length == Sodium.PublicKeySize ? new(key.ToArray()) : throw Unusable(TypeName);
    }

    private protected override bool VerifySignature(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == Sodium.SignatureSize && Sodium.Verify(_key, data, signature);
}
