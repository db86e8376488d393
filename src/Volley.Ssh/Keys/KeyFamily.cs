namespace Volley.Ssh.Keys;

/// <summary>The kinds of keys. A kind determines the fields of a key and how it signs.</summary>
internal enum KeyFamily
{
    /// <summary>RFC 8709. The field is the public key.</summary>
    Ed25519,

    /// <summary>RFC 5656. The fields are the curve and the point.</summary>
    Ecdsa,

    /// <summary>RFC 4253 section 6.6. The fields are the exponent and the modulus.</summary>
    Rsa,

    /// <summary>PROTOCOL.u2f: as <see cref="Ed25519"/>, followed by the application.</summary>
    Ed25519SecurityKey,

    /// <summary>PROTOCOL.u2f: as <see cref="Ecdsa"/>, followed by the application.</summary>
    EcdsaSecurityKey,
}
