using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Volley.Relay.Server;

/// <summary>
/// A bucket of the key-value store: a stream with one message for each subject. Values are read from the leader, never by direct get, because a follower may
/// be stale.
/// </summary>
internal sealed class Bucket(NatsJSContext server, string name)
{
    private const int WrongLastSequence = 10071;
    private const int NoMessage = 10037;

    public static StreamConfig Config(string name, TimeSpan maxAge) => new("KV_" + name, [$"$KV.{name}.>"])
    {
        MaxMsgsPerSubject = 1,
        MaxAge = maxAge,
        AllowRollupHdrs = true,
        AllowDirect = false,
        DenyDelete = true,
        Discard = StreamConfigDiscard.New,
    };

    public string Stream => "KV_" + name;

    public string Subject(string key) => $"$KV.{name}.{key}";

    /// <summary>Writes a value, whatever is there.</summary>
    public async ValueTask<ulong> PutAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        var ack = await server.PublishAsync(Subject(key), value, NatsRawSerializer<ReadOnlyMemory<byte>>.Default, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        ack.EnsureSuccess();
        return ack.Seq;
    }

    /// <summary>Writes a value if the key has a revision still: 0 for a key that does not exist.</summary>
    /// <returns>The new revision; null if the key has another one.</returns>
    /// <exception cref="NatsException">The answer was lost, so that the value may have been written or not; or the server refuses.</exception>
    public async ValueTask<ulong?> TryWriteAsync(string key, ReadOnlyMemory<byte> value, ulong revision, CancellationToken cancellationToken)
    {
        var ack = await server.PublishAsync(
            Subject(key),
            value,
            NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
            // An answer that is lost must not be taken for that of a second attempt, which the first one would defeat.
            new NatsJSPubOpts { ExpectedLastSubjectSequence = revision, RetryAttempts = 1 },
            cancellationToken: cancellationToken).ConfigureAwait(false);
        if (ack.Error?.ErrCode == WrongLastSequence)
            return null;
        ack.EnsureSuccess();
        return ack.Seq;
    }

    /// <summary>Reads a value from the leader; null if the key does not exist.</summary>
    public async ValueTask<(byte[] Value, ulong Revision)?> GetAsync(string key, CancellationToken cancellationToken) =>
        await GetMessageAsync(key, cancellationToken).ConfigureAwait(false) is { } message ? (message.Data.ToArray(), message.Seq) : null;

    /// <summary>Returns the time of the server at which a key was written; null if it does not exist.</summary>
    public async ValueTask<DateTimeOffset?> GetTimeAsync(string key, CancellationToken cancellationToken) =>
        await GetMessageAsync(key, cancellationToken).ConfigureAwait(false) is { } message ? message.Time : null;

    /// <summary>Reads a value and parses it; null if the key does not exist.</summary>
    /// <exception cref="JsonException">The value is not of the form.</exception>
    public async ValueTask<(T Value, ulong Revision)?> GetAsync<T>(string key, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class => await GetAsync(key, cancellationToken).ConfigureAwait(false) is var (bytes, revision)
            ? (JsonSerializer.Deserialize(bytes, type) ?? throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"{key} is null")), revision)
            : null;

    public ValueTask<ulong> PutAsync<T>(string key, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        PutAsync(key, JsonSerializer.SerializeToUtf8Bytes(value, type), cancellationToken);

    public ValueTask<ulong?> TryWriteAsync<T>(string key, T value, JsonTypeInfo<T> type, ulong revision, CancellationToken cancellationToken) =>
        TryWriteAsync(key, JsonSerializer.SerializeToUtf8Bytes(value, type), revision, cancellationToken);

    /// <summary>Reads all keys below a prefix, with their values, in the order in which they were written. An empty prefix is all.</summary>
    public async IAsyncEnumerable<BucketEntry> ReadAllAsync(
        string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = Subject("").Length;
        var filter = Subject(prefix.Length == 0 ? ">" : prefix + ".>");
        await foreach (var message in StoredMessages.ReadAllAsync(server, Stream, filter, cancellationToken).ConfigureAwait(false))
            yield return message with { Key = message.Key[start..] };
    }

    /// <summary>Removes a key.</summary>
    public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken) =>
        await server.PurgeStreamAsync(Stream, new StreamPurgeRequest { Filter = Subject(key) }, cancellationToken).ConfigureAwait(false);

    private async ValueTask<StoredMessage?> GetMessageAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var found = await server.JSRequestResponseAsync<StreamMsgGetRequest, StreamMsgGetResponse>(
                $"{server.Opts.Prefix}.STREAM.MSG.GET.{Stream}", new StreamMsgGetRequest { LastBySubj = Subject(key) }, cancellationToken).ConfigureAwait(false);
            return found.Message;
        }
        catch (NatsJSApiException missing) when (missing.Error.ErrCode == NoMessage)
        {
            return null;
        }
    }
}
