using System.Numerics;

namespace Volley.Ssh.Keys;

/// <summary>The length of RSA keys, by which ssh refuses them (RequiredRSASize in ssh_config(5)).</summary>
internal static class RsaKeySize
{
    /// <summary>Returns the bits of an RSA key or of the certificate of one, and null for any other key or a damaged one.</summary>
    /// <param name="blob">The key or certificate in SSH's form (RFC 4253 section 6.6).</param>
    public static int? Of(ReadOnlySpan<byte> blob)
    {
        try
        {
            var fields = new KeyFields(blob, "the key");
            var type = fields.Name();
            if (KeyTypes.Plain(type) != RsaPublicKey.TypeName)
                return null;
            // The nonce of a certificate.
            if (KeyTypes.IsCertificate(type))
                fields.Bytes();
            // The public exponent.
            fields.Bytes();
            return Bits(fields.Integer());
        }
        catch (SshException)
        {
            return null;
        }
    }

    /// <summary>Returns the bits of a modulus without leading zeros.</summary>
    public static int Bits(ReadOnlySpan<byte> modulus) => (modulus.Length * 8) - BitOperations.LeadingZeroCount((uint)modulus[0]) + 24;
}
