using Volley.Interop;

namespace Volley.Ssh.Keys;

/// <summary>ssh-ed25519: RFC 8709.</summary>
internal sealed class Ed25519PublicKey : PublicKey
{
    public const string TypeName = "ssh-ed25519";

    private readonly byte[] _key;

    private Ed25519PublicKey(byte[] key)
        : base(TypeName, new KeyFieldsWriter().Name(TypeName).Bytes(key).ToArray()) => _key = key;

    public override IReadOnlyList<string> SignatureAlgorithms { get; } = [TypeName];

    public static Ed25519PublicKey Read(ref KeyFields fields)
    {
        var key = fields.Bytes();
        return key.Length == Sodium.PublicKeySize ? new(key.ToArray()) : throw Unusable(TypeName);
    }

    private protected override bool VerifySignature(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == Sodium.SignatureSize && Sodium.Verify(_key, data, signature);
}
