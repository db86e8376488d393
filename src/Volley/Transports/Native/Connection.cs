using Volley.Ssh;
using Volley.Transports.Channels;

namespace Volley.Transports.Native;

/// <summary>A connection to one host, for any number of commands and, where it is a jump host, of further connections.</summary>
/// <param name="ssh">The connection.</param>
/// <param name="software">What the server calls itself.</param>
internal sealed class Connection(SshConnection ssh, string software)
{
    /// <summary>How many connections are made through one jump host at once.</summary>
    private const int MostForwardsAtOnce = 64;

    /// <summary>The connection as far as sessions go.</summary>
    public SharedConnection Shared { get; } = new(ssh, software, lastWords: () => null);

    /// <summary>What it is the same for.</summary>
    public required string Key { get; init; }

    /// <summary>The one that it goes through, which it keeps open.</summary>
    public Connection? Before { get; init; }

    /// <summary>How many targets and connections use it, or are about to; guarded by the pool.</summary>
    public int Users { get; set; }

    /// <summary>The places for connections that are being made through it.</summary>
    public SemaphoreSlim Forwards { get; } = new(MostForwardsAtOnce);

    /// <summary>Connects further.</summary>
    /// <exception cref="SshException">The host refused, or the connection is over.</exception>
    public async Task<Stream> OpenStreamAsync(string host, int port, CancellationToken cancellationToken) =>
        await ssh.OpenDirectTcpIpAsync(host, port, cancellationToken).ConfigureAwait(false);
}
