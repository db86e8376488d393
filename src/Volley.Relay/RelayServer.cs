using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.ObjectStore;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay;

/// <summary>A connection to the NATS server of relays and controllers.</summary>
public sealed class RelayServer : IAsyncDisposable
{
    private readonly RelayServerOptions _options;

    private RelayServer(RelayServerOptions options, NatsConnection connection)
    {
        _options = options;
        Connection = connection;
        JetStream = new NatsJSContext(connection);
    }

    internal NatsConnection Connection { get; }

    internal NatsJSContext JetStream { get; }

    /// <summary>The number of servers that store each message.</summary>
    private int Replicas => Connection.ServerInfo?.ClientConnectUrls?.Length >= 3 && _options.Urls.Length >= 3 ? 3 : 1;

    /// <summary>Connects. A connection that is lost later is made again, without end.</summary>
    /// <param name="options">The server and the credentials.</param>
    /// <param name="logger">Receives what happens on the connection.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="RelayException">The server can't be reached, refuses the credentials, has no JetStream, or is not secure.</exception>
    public static async Task<RelayServer> ConnectAsync(RelayServerOptions options, ILogger logger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        ServerSecurity.Check(options);
        var connection = new NatsConnection(ServerSecurity.CreateOptions(options, logger));
        try
        {
            await connection.ConnectAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            var server = new RelayServer(options, connection);
            await server.JetStream.GetAccountInfoAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch (Exception failure) when (failure is NatsException or IOException or System.Net.Sockets.SocketException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new RelayException(ServerSecurity.Explain(options, failure), failure);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes the connection.</summary>
    /// <returns>A task that completes when it is closed.</returns>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>Creates what all runs share: the work queue, and the bucket of relays.</summary>
    internal async Task EnsureSharedAsync(CancellationToken cancellationToken)
    {
        await EnsureAsync(
            new StreamConfig(RelayNames.WorkStream, [RelayNames.WorkSubjects])
            {
                Retention = StreamConfigRetention.Workqueue,
                MaxAge = TimeSpan.FromDays(1),
            },
            cancellationToken).ConfigureAwait(false);
        await EnsureAsync(Bucket.Config(RelayNames.RelaysBucket, TimeSpan.FromSeconds(30)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates what one run needs, or finds what is there.</summary>
    /// <param name="run">The id of the run.</param>
    /// <param name="streamBytes">The bound of the stream of events, in bytes.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    internal async Task EnsureRunAsync(string run, long streamBytes, CancellationToken cancellationToken)
    {
        await EnsureAsync(Bucket.Config(RelayNames.RunBucket(run), TimeSpan.FromDays(1)), cancellationToken).ConfigureAwait(false);
        await EnsureAsync(
            new StreamConfig(RelayNames.RunStream(run), [RelayNames.RunEvents(run)])
            {
                MaxBytes = streamBytes,
                Discard = StreamConfigDiscard.New,
                MaxAge = TimeSpan.FromDays(1),
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes all that a run has stored.</summary>
    internal async Task DeleteRunAsync(string run, CancellationToken cancellationToken)
    {
        foreach (var stream in new[] { RelayNames.RunStream(run), "KV_" + RelayNames.RunBucket(run), "OBJ_" + RelayNames.RunBucket(run) })
        {
            try
            {
                await JetStream.DeleteStreamAsync(stream, cancellationToken).ConfigureAwait(false);
            }
            catch (NatsJSApiException missing) when (missing.Error.Code == 404)
            {
                // Nothing was stored there.
            }
        }
    }

    /// <summary>Returns false if a stream certainly does not exist, not only because a server that has just started does not know it yet.</summary>
    internal async Task<bool> HasStreamAsync(string stream, CancellationToken cancellationToken)
    {
        const int Attempts = 4;
        var delays = new RetryDelays(TimeProvider.System);
        for (var missing = 1; ; missing++)
        {
            try
            {
                await JetStream.GetStreamAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (Exception failure) when (ServerFailure.IsMissing(failure))
            {
                if (missing == Attempts)
                    return false;
                await delays.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
            {
                return true;
            }
        }
    }

    /// <summary>Creates the object store with the inputs of a run, or finds it. It has as many copies as the run's other data.</summary>
    internal async Task<INatsObjStore> CreateInputsAsync(string run, CancellationToken cancellationToken) => await Objects().CreateObjectStoreAsync(
        new NatsObjConfig(RelayNames.RunBucket(run))
        {
            MaxAge = TimeSpan.FromDays(1),
            Storage = _options.UsesMemory ? NatsObjStorageType.Memory : NatsObjStorageType.File,
            NumberOfReplicas = Replicas,
        },
        cancellationToken).ConfigureAwait(false);

    internal Bucket OpenBucket(string name) => new(JetStream, name);

    internal NatsObjContext Objects() => new(JetStream);

    /// <summary>The consumer that all relays of a queue share.</summary>
    internal async Task<INatsJSConsumer> OpenQueueAsync(string queue, CancellationToken cancellationToken) =>
        await JetStream.CreateOrUpdateConsumerAsync(
            RelayNames.WorkStream,
            new ConsumerConfig(RelayNames.WorkConsumer(queue))
            {
                FilterSubject = RelayNames.WorkSubject(queue),
                AckPolicy = ConsumerConfigAckPolicy.Explicit,
                AckWait = TimeSpan.FromSeconds(15),
                MaxAckPending = 10_000,
            },
            cancellationToken).ConfigureAwait(false);

    private async Task EnsureAsync(StreamConfig config, CancellationToken cancellationToken)
    {
        config.Storage = _options.UsesMemory ? StreamConfigStorage.Memory : StreamConfigStorage.File;
        config.NumReplicas = Replicas;
        config.DuplicateWindow = config.MaxAge > TimeSpan.Zero && config.MaxAge < TimeSpan.FromMinutes(2) ? config.MaxAge : TimeSpan.FromMinutes(2);
        try
        {
            await JetStream.CreateStreamAsync(config, cancellationToken).ConfigureAwait(false);
        }
        catch (NatsJSApiException exists) when (exists.Error.ErrCode == StreamNameInUse)
        {
            // It was made with other settings, by another version or for another storage. They serve as well.
        }
    }

    private const int StreamNameInUse = 10058;
}
