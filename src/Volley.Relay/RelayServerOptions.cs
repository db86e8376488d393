using System.Collections.Immutable;

namespace Volley.Relay;

/// <summary>A NATS server with JetStream, and the credentials for it.</summary>
public sealed record RelayServerOptions
{
    /// <summary>The URLs of the servers of one cluster: <c>tls://nats1:4222</c>. The first one that answers is used, and the others after a loss.</summary>
    public required ImmutableArray<string> Urls { get; init; }

    /// <summary>A file with the certificates that the server's is verified by; null for those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>A file with the client's certificate; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A file with the key of <see cref="CertificateFile"/>; null for none.</summary>
    public string? KeyFile { get; init; }

    /// <summary>A credentials file with a JWT and its nkey; null for none.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>A file with an nkey seed; null for none.</summary>
    public string? NkeyFile { get; init; }

    /// <summary>The user; null for none.</summary>
    public string? User { get; init; }

    /// <summary>The password of <see cref="User"/>; null for none.</summary>
    public string? Password { get; init; }

    /// <summary>A token; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Whether a connection without TLS and without credentials is allowed.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>The name by which the server's administrators see the connection.</summary>
    public string Name { get; init; } = "volley";

    /// <summary>Whether what a run stores is kept in the server's memory, not in its files.</summary>
    public bool UsesMemory { get; init; }

    /// <summary>Whether there are credentials of any kind.</summary>
    internal bool HasCredentials => CredentialsFile is not null || NkeyFile is not null || User is not null || Token is not null || CertificateFile is not null;
}
