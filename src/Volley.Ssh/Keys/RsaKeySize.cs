using System.Numerics;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Keys;

/// <summary>The length of RSA keys, because ssh rejects short ones (RequiredRSASize in ssh_config(5)).</summary>
internal static class RsaKeySize
{
    /// <summary>Returns the number of bits of an RSA key or RSA certificate; null for any other or a damaged key.</summary>
    /// <param name="blob">The key or certificate in SSH's encoding (RFC 4253 section 6.6).</param>
    public static int? Read(ReadOnlySpan<byte> blob)
    {
        try
        {
            var fields = new SshReader(blob, "the key");
            var type = fields.ReadName();
            if (KeyTypes.Plain(type) != RsaPublicKey.TypeName)
                return null;
            // Skips the nonce of a certificate.
            if (KeyTypes.IsCertificate(type))
                fields.ReadString();
            // Skips the public exponent.
            fields.ReadString();
            return Bits(fields.ReadMpint());
        }
        catch (SshException)
        {
            return null;
        }
    }

    /// <summary>Returns the number of bits of a modulus without leading zeros.</summary>
    public static int Bits(ReadOnlySpan<byte> modulus) => (modulus.Length * 8) - BitOperations.LeadingZeroCount((uint)modulus[0]) + 24;
}
