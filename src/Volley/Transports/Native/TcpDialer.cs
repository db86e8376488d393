using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Volley.Ssh.Blocking;
using Volley.Ssh.Config;
using Volley.Ssh.Sockets;

namespace Volley.Transports.Native;

/// <summary>Makes the TCP connection to a host: its addresses one after the other, until one answers, as often as ConnectionAttempts says.</summary>
/// <param name="label">The host as messages name it.</param>
/// <param name="settings">The host, AddressFamily, BindAddress, ConnectionAttempts and IPQoS.</param>
/// <param name="limit">The limit for connecting, of which no address takes more than its share.</param>
/// <param name="connector">Makes the connection.</param>
/// <param name="logger">Takes a message for each further attempt.</param>
/// <param name="time">The clock.</param>
internal sealed partial class TcpDialer(string label, SshHostSettings settings, TimeSpan limit, ISocketConnector connector, ILogger logger, TimeProvider time)
{
    /// <summary>The time between two attempts, as in ssh.</summary>
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromSeconds(1);

    private readonly AddressFamily _family = settings.AddressFamily switch
    {
        AddressFamilyChoice.Inet => AddressFamily.InterNetwork,
        AddressFamilyChoice.Inet6 => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unspecified,
    };

    /// <exception cref="TransportException">There is no such host, or none of its addresses can be connected to.</exception>
    public async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(settings.HostName, "hostname", cancellationToken).ConfigureAwait(false);
        var bind = settings.BindAddress is { } local ? await ResolveAsync(local, "BindAddress", cancellationToken).ConfigureAwait(false) : null;
        var began = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ConnectToAnyAsync(addresses, bind, cancellationToken).ConfigureAwait(false);
            }
            catch (TransportException failure) when (attempt < settings.ConnectionAttempts && HasTime(began))
            {
                LogAttempt(logger, label, attempt + 1, settings.ConnectionAttempts, failure.Message);
                await Task.Delay(AttemptDelay, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether there is time for one more attempt; a failure says more than a limit.</summary>
    private bool HasTime(long began) => limit == Timeout.InfiniteTimeSpan || time.GetElapsedTime(began) + AttemptDelay < limit;

    private async Task<Stream> ConnectToAnyAsync(IPAddress[] addresses, IPAddress[]? bind, CancellationToken cancellationToken)
    {
        TransportException? failure = null;
        for (var i = 0; i < addresses.Length; i++)
        {
            using var share = new CancellationTokenSource(i == addresses.Length - 1 ? Timeout.InfiniteTimeSpan : ShareOf(addresses.Length), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(share.Token, cancellationToken);
            try
            {
                return await ConnectAsync(addresses[i], bind, either.Token).ConfigureAwait(false);
            }
            catch (SocketException refused)
            {
                failure = Failed(refused, bind);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The next address; the last one has all the time that is left.
            }
        }

        throw failure ?? new TransportException(NodeOutcome.ConnectTimedOut, $"connect to host {settings.HostName} port {settings.Port}: Connection timed out");
    }

    private TimeSpan ShareOf(int addresses) => limit == Timeout.InfiniteTimeSpan ? limit : limit / addresses;

    // The stream's TCP keepalive is ssh's default (TCPKeepAlive); a host with another one is not plain.
    private async Task<Stream> ConnectAsync(IPAddress address, IPAddress[]? bind, CancellationToken cancellationToken)
    {
        var stream = await connector.ConnectAsync(
            new IPEndPoint(address, settings.Port),
            bind is null ? null : new IPEndPoint(bind.FirstOrDefault(local => local.AddressFamily == address.AddressFamily) ?? bind[0], 0),
            cancellationToken).ConfigureAwait(false);
        if (settings.TypeOfService is { } type)
            stream.SetTypeOfService(address.AddressFamily, type);
        return stream;
    }

    private async Task<IPAddress[]> ResolveAsync(string name, string what, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(name, out var literal))
        {
            return _family is AddressFamily.Unspecified || literal.AddressFamily == _family
                ? [literal]
                : throw Unresolved(name, what, "Address family for hostname not supported", null);
        }

        try
        {
            var addresses = await NameLookup.System.GetAddressesAsync(name, _family, cancellationToken).ConfigureAwait(false);
            return addresses.Length > 0 ? addresses : throw Unresolved(name, what, "no address", null);
        }
        catch (SocketException failure)
        {
            // .NET has the text of EAGAIN for it, not that of EAI_AGAIN.
            throw Unresolved(name, what, failure.SocketErrorCode == SocketError.TryAgain ? "Temporary failure in name resolution" : failure.Message, failure);
        }
        catch (ArgumentException failure)
        {
            throw Unresolved(name, what, failure.Message, failure);
        }
    }

    /// <summary>In ssh's words.</summary>
    private static TransportException Unresolved(string name, string what, string why, Exception? failure) =>
        new(NodeOutcome.NameNotResolved, $"Could not resolve {what} {name}: {why}", failure);

    private TransportException Failed(SocketException failure, IPAddress[]? bind) => failure.SocketErrorCode switch
    {
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => new(
            NodeOutcome.ConnectFailed, $"connect to host {settings.HostName} port {settings.Port}: {failure.Message}; raise the limit of open files (ulimit -n), or lower --parallel", failure)
        {
            Retry = RetryAdvice.Worthwhile,
        },
        SocketError.AddressNotAvailable when bind is not null => new(
            NodeOutcome.ConnectFailed, $"BindAddress {settings.BindAddress}: {failure.Message}", failure),
        SocketError.TimedOut => new(NodeOutcome.ConnectTimedOut, $"connect to host {settings.HostName} port {settings.Port}: {failure.Message}", failure)
        {
            Retry = RetryAdvice.Worthwhile,
        },
        _ => new(NodeOutcome.ConnectFailed, $"connect to host {settings.HostName} port {settings.Port}: {failure.Message}", failure)
        {
            Retry = failure.SocketErrorCode is SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.ConnectionReset
                ? RetryAdvice.Worthwhile
                : RetryAdvice.Never,
        },
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: attempt {Number} of {Most} to connect in 1 s: {Reason}")]
    private static partial void LogAttempt(ILogger logger, string node, int number, int most, string reason);
}
