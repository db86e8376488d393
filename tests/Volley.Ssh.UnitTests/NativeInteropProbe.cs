using System.Buffers.Binary;
using System.Text;
using Volley.Ssh.Transport;

namespace Volley.Ssh.UnitTests;

/// <summary>Which algorithms a server has: what it says in its first message.</summary>
internal static class NativeInteropProbe
{
    private const int PaddedHeader = 5;

    public static async Task<KexInit> AskAsync(int port)
    {
        await using var stream = await NativeInteropServer.DialAsync(port);
        await stream.WriteAsync("SSH-2.0-Probe\r\n"u8.ToArray());
        var line = new StringBuilder();
        var one = new byte[1];
        while (!line.ToString().EndsWith('\n'))
        {
            await stream.ReadExactlyAsync(one);
            line.Append((char)one[0]);
        }
        var header = new byte[PaddedHeader];
        await stream.ReadExactlyAsync(header);
        var rest = new byte[BinaryPrimitives.ReadUInt32BigEndian(header) - 1];
        await stream.ReadExactlyAsync(rest);
        return KexInit.Read(rest.AsSpan(0, rest.Length - header[^1]));
    }

    /// <summary>Every combination that the server and we have, but for the user's keys.</summary>
    public static IEnumerable<(string KeyExchange, string Cipher, string HostKey)> Combinations(KexInit server) =>
        from keyExchange in SshAlgorithms.KeyExchanges
        where server.KeyExchanges.Contains(keyExchange)
        from cipher in SshAlgorithms.Ciphers
        where server.CiphersToClient.Contains(cipher)
            && (cipher != "aes256-ctr" || server.MacsToClient.Any(mac => SshAlgorithms.Macs.Contains(mac)))
        from hostKey in SshAlgorithms.HostKeys
        where server.HostKeys.Contains(hostKey)
        select (keyExchange, cipher, hostKey);
}
