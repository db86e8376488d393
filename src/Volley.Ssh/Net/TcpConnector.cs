using System.Net;
using System.Net.Sockets;

namespace Volley.Ssh.Net;

/// <summary>
/// Makes the TCP connection to a host: tries its addresses one after the other until one answers, as often as ConnectionAttempts says.
/// </summary>
/// <param name="settings">The settings: HostName, Port, AddressFamily, BindAddress, ConnectionAttempts and IPQoS.</param>
/// <param name="timeout">The connect timeout. Each address but the last one gets an equal share of it.</param>
/// <param name="connector">Connects the sockets.</param>
/// <param name="time">The clock.</param>
/// <param name="onRetry">Called with the number and the reason of each further attempt.</param>
internal sealed class TcpConnector(
    SshHostSettings settings, TimeSpan timeout, ISocketConnector connector, TimeProvider time, Func<int, SshException, CancellationToken, ValueTask>? onRetry)
{
    /// <summary>The time between two attempts, as in ssh.</summary>
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromSeconds(1);

    private readonly AddressFamily _family = settings.AddressFamily;

    /// <summary>Connects to the host.</summary>
    /// <exception cref="SshException">The name has no address, or none of its addresses can be connected to.</exception>
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
            catch (SshException failure) when (attempt < settings.ConnectionAttempts && HasTime(began))
            {
                if (onRetry is not null)
                    await onRetry(attempt + 1, failure, cancellationToken).ConfigureAwait(false);
                await Task.Delay(AttemptDelay, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Returns whether there is time for one more attempt. Otherwise the failure is reported, which says more than a timeout.</summary>
    private bool HasTime(long began) => timeout == Timeout.InfiniteTimeSpan || time.GetElapsedTime(began) + AttemptDelay < timeout;

    private async Task<Stream> ConnectToAnyAsync(IPAddress[] addresses, IPAddress[]? bind, CancellationToken cancellationToken)
    {
        SshException? failure = null;
        for (var i = 0; i < addresses.Length; i++)
        {
            try
            {
                // The last one has all the time that is left.
                return i == addresses.Length - 1
                    ? await ConnectAsync(addresses[i], bind, cancellationToken).ConfigureAwait(false)
                    : await ConnectAsync(addresses[i], bind, GetShare(addresses.Length), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException refused)
            {
                failure = Failed(refused, bind);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Tries the next address.
            }
        }

        throw failure ?? new SshException(SshFailure.TimedOut, $"{Destination}: Connection timed out");
    }

    private string Destination => $"connect to host {settings.HostName} port {settings.Port}";

    private TimeSpan GetShare(int addresses) => timeout == Timeout.InfiniteTimeSpan ? timeout : timeout / addresses;

    /// <summary>Connects to an address within its share of the time.</summary>
    private async Task<Stream> ConnectAsync(IPAddress address, IPAddress[]? bind, TimeSpan share, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(share, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        return await ConnectAsync(address, bind, either.Token).ConfigureAwait(false);
    }

    // The stream uses ssh's default TCP keepalive (TCPKeepAlive); a host with another setting is not supported.
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
            // .NET returns the text of EAGAIN for EAI_AGAIN.
            throw Unresolved(name, what, failure.SocketErrorCode == SocketError.TryAgain ? "Temporary failure in name resolution" : failure.Message, failure);
        }
        catch (ArgumentException failure)
        {
            throw Unresolved(name, what, failure.Message, failure);
        }
    }

    /// <summary>Returns the failure of a name look-up, with ssh's message.</summary>
    private static SshException Unresolved(string name, string what, string why, Exception? failure) =>
        new(SshFailure.NameNotResolved, $"Could not resolve {what} {name}: {why}", failure);

    private SshException Failed(SocketException failure, IPAddress[]? bind) => failure.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable when bind is not null => new(
            SshFailure.ConnectFailed, $"BindAddress {settings.BindAddress}: {failure.Message}", failure),
        SocketError.TimedOut => new(SshFailure.TimedOut, $"{Destination}: {failure.Message}", failure),
        _ => new(SshFailure.ConnectFailed, $"{Destination}: {failure.Message}", failure),
    };
}
