using Volley.Ssh.Wire;

namespace Volley.Ssh.Signatures;

/// <summary>The fields of a signature (OpenSSH's PROTOCOL.sshsig).</summary>
/// <param name="PublicKey">The key or certificate that signed, in SSH's encoding.</param>
/// <param name="Namespace">The purpose.</param>
/// <param name="Hash">The hash of the message: <c>sha256</c> or <c>sha512</c>.</param>
/// <param name="Signature">The signature in SSH's encoding: its algorithm and its bytes.</param>
internal sealed record SignatureFields(ReadOnlyMemory<byte> PublicKey, string Namespace, string Hash, ReadOnlyMemory<byte> Signature)
{
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "SSHSIG"u8;

    /// <summary>Parses a signature.</summary>
    /// <exception cref="SshException">It is damaged, or of another version (<see cref="SshFailure.UnusableKey"/>).</exception>
    public static SignatureFields Parse(ReadOnlySpan<byte> blob)
    {
        var fields = new SshReader(blob, "the SSH signature");
        if (!fields.ReadRaw(Magic.Length).SequenceEqual(Magic))
            throw fields.Invalid();
        var version = fields.ReadUInt32();
        if (version != Version)
            throw new SshException(SshFailure.UnusableKey, $"the SSH signature has version {version}, which is not supported");
        var key = fields.ReadString().ToArray();
        var purpose = fields.ReadText();
        // The reserved field is ignored, but it would be signed.
        if (!fields.ReadString().IsEmpty)
            throw fields.Invalid();
        var hash = fields.ReadName();
        var signature = fields.ReadString().ToArray();
        fields.CheckEnd();
        return hash is "sha256" or "sha512" && purpose.Length > 0 ? new(key, purpose, hash, signature) : throw fields.Invalid();
    }

    /// <summary>Returns the signature in its encoding.</summary>
    public byte[] ToArray()
    {
        var blob = SshWriter.WithoutNumber(PublicKey.Length + Signature.Length + 256);
        blob.WriteRaw(Magic);
        blob.WriteUInt32(Version);
        blob.WriteString(PublicKey.Span);
        blob.WriteText(Namespace);
        blob.WriteText("");
        blob.WriteText(Hash);
        blob.WriteString(Signature.Span);
        return blob.ToArray();
    }

    /// <summary>Returns what the key signs: the fields, and the hash of the message in its place.</summary>
    public byte[] Covered(ReadOnlySpan<byte> hashOfMessage)
    {
        var signed = SshWriter.WithoutNumber(256);
        signed.WriteRaw(Magic);
        signed.WriteText(Namespace);
        signed.WriteText("");
        signed.WriteText(Hash);
        signed.WriteString(hashOfMessage);
        return signed.ToArray();
    }
}
