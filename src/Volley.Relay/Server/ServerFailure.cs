using System.Net.Sockets;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Volley.Relay.Server;

/// <summary>Tells failures of requests apart.</summary>
internal static class ServerFailure
{
    private const int StreamNotFound = 10059;

    /// <summary>Returns whether a later request may succeed: the server was not reached, did not answer in time, or refused for the moment.</summary>
    /// <param name="failure">The failure of a request.</param>
    /// <param name="cancellationToken">The token of the request, whose cancellation is no failure.</param>
    public static bool IsPassing(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        // The client cancels a request by itself when its time has elapsed.
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        NatsException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>Returns whether the request certainly had no effect.</summary>
    public static bool IsRefusal(Exception failure) => failure is NatsJSApiException or NatsNoRespondersException;

    /// <summary>Returns whether a stream or a bucket does not exist.</summary>
    public static bool IsMissing(Exception failure) => failure is NatsJSApiException { Error.ErrCode: StreamNotFound };
}
