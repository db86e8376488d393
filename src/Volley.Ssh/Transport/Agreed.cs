using Volley.Ssh.Transport.Ciphers;

namespace Volley.Ssh.Transport;

/// <summary>The negotiated algorithms (RFC 4253 section 7.1): of each kind the client's first one that the server supports.</summary>
internal sealed record Agreed(string KeyExchange, string HostKey, CipherSuite ToServer, CipherSuite ToClient)
{
    /// <summary>Negotiates the algorithms.</summary>
    /// <exception cref="SshException">There is no common algorithm of some kind.</exception>
    public static Agreed Negotiate(KexInit client, KexInit server)
    {
        var keyExchange = First("key exchange", client.KeyExchanges, server.KeyExchanges);
        var hostKey = First("host key algorithm", client.HostKeys, server.HostKeys);
        var toServer = First("cipher", client.CiphersToServer, server.CiphersToServer);
        var toClient = First("cipher", client.CiphersToClient, server.CiphersToClient);
        First("compression", client.CompressionsToServer, server.CompressionsToServer);
        First("compression", client.CompressionsToClient, server.CompressionsToClient);
        return new(keyExchange, hostKey,
            CipherSuite.From(toServer, () => First("MAC", client.MacsToServer, server.MacsToServer)),
            CipherSuite.From(toClient, () => First("MAC", client.MacsToClient, server.MacsToClient)));
    }

    private static string First(string kind, IReadOnlyList<string> client, IReadOnlyList<string> server)
    {
        foreach (var name in client)
        {
            if (server.Contains(name))
                return name;
        }
        throw new SshException(SshFailure.NoCommonAlgorithm,
            $"no common {kind}: the server has {Listed(server)}; we have {Listed(client)}");
    }

    private static string Listed(IReadOnlyList<string> names)
    {
        const int MaxLength = 1024;
        var text = names.Count == 0 ? "none" : string.Join(',', names);
        return text.Length <= MaxLength ? text : text[..MaxLength] + "...";
    }
}
