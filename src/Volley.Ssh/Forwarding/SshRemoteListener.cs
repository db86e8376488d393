using System.Net;
using Volley.Ssh.Forwarding;

namespace Volley.Ssh;

/// <summary>
/// A listener at the server whose connections this program accepts as streams. At most 128 connections wait to be accepted; the server is told to refuse
/// more. Thread-safe.
/// </summary>
public sealed class SshRemoteListener : IAsyncDisposable
{
    private readonly SshConnection _connection;
    private readonly IncomingChannels _channels;
    private volatile bool _isDisposed;

    private SshRemoteListener(SshConnection connection, IncomingChannels channels, EndPoint endPoint) =>
        (_connection, _channels, EndPoint) = (connection, channels, endPoint);

    /// <summary>The address that the server listens on. A port of 0 is replaced by the one that the server chose.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>Waits for the next connection.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The connection as a stream, which the caller disposes.</returns>
    /// <exception cref="SshException">The connection to the server has ended.</exception>
    /// <exception cref="ObjectDisposedException">The listener is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<SshChannelStream> AcceptAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new(await AcceptChannelAsync(cancellationToken).ConfigureAwait(false) ?? throw new ObjectDisposedException(GetType().FullName));
    }

    /// <summary>Stops listening. Connections that were accepted before are not affected, others are closed.</summary>
    /// <returns>A task that completes when the request to stop has been sent.</returns>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _connection.StopListening(_channels);
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks the server to listen.</summary>
    internal static async Task<SshRemoteListener> StartAsync(SshConnection connection, EndPoint endPoint, CancellationToken cancellationToken)
    {
        var channels = new IncomingChannels(ForwardAddress.From(endPoint, nameof(endPoint)));
        await connection.ListenAsync(channels, cancellationToken).ConfigureAwait(false);
        return new(connection, channels, channels.Address.ToEndPoint(endPoint));
    }

    /// <summary>Waits for the next connection; null once the listener is disposed.</summary>
    internal ValueTask<SshChannel?> AcceptChannelAsync(CancellationToken cancellationToken) => _channels.AcceptAsync(cancellationToken);
}
