using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Volley.Relay.Server;
using Volley.Relay.Wire;
using Xunit;

namespace Volley.Relay.Tests.Controller;

/// <summary>A relay that does step by step what a test has it do: it claims, publishes, ends, repeats itself, and falls silent.</summary>
internal sealed class FakeRelay : IAsyncDisposable
{
    private readonly RelayServer _server;
    private readonly CancellationTokenSource _silent = new();
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly JsonEventWriter _json;
    private readonly Dictionary<int, (string Token, ulong Revision)> _claims = [];
    private readonly Task _beats;
    private int _messages;

    private FakeRelay(RelayServer server, string name)
    {
        _server = server;
        Name = name;
        Id = name + "-12345678";
        _json = new JsonEventWriter(_buffer);
        _beats = BeatAsync();
    }

    public string Name { get; }

    public string Id { get; }

    public string Run { get; set; } = "run1";

    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    private Bucket Bucket => _server.OpenBucket(RelayNames.RunBucket(Run));

    public static async Task<FakeRelay> StartAsync(RelayServer server, string name, string group)
    {
        var relay = new FakeRelay(server, name);
        var presence = new RelayPresence(relay.Id, name, group, "here", "1", JobDocument.CurrentProtocol);
        await server.OpenBucket(RelayNames.RelaysBucket).PutAsync(relay.Id, presence, WireJson.Default.RelayPresence, Canceled);
        return relay;
    }

    /// <summary>Writes a presence of another protocol.</summary>
    public async Task PretendAsync(int protocol, string group = "web") => await _server.OpenBucket(RelayNames.RelaysBucket).PutAsync(
        Id, new RelayPresence(Id, Name, group, "here", "0.1", protocol), WireJson.Default.RelayPresence, Canceled);

    /// <summary>Takes itself off the list.</summary>
    public async Task LeaveAsync() => await _server.OpenBucket(RelayNames.RelaysBucket).RemoveAsync(Id, Canceled);

    /// <summary>Takes the next chunk and says that it has.</summary>
    public async Task<WorkItem> TakeAsync(bool acknowledges = true)
    {
        var consumer = await _server.OpenQueueAsync(RelayNames.GroupQueue("web"), Canceled);
        while (true)
        {
            if (await consumer.NextAsync(NatsRawSerializer<byte[]>.Default, new NatsJSNextOpts { Expires = TimeSpan.FromSeconds(20) }, Canceled) is not { } message)
                continue;
            if (acknowledges)
                await message.AckAsync(new AckOpts { DoubleAck = true }, Canceled);
            return JsonSerializer.Deserialize(message.Data, WireJson.Default.WorkItem)!;
        }
    }

    /// <summary>Waits until there is a chunk in the work queue.</summary>
    public async Task WaitForChunkAsync()
    {
        while ((await _server.JetStream.GetStreamAsync(RelayNames.WorkStream, cancellationToken: Canceled)).Info.State.Messages == 0)
            await Task.Delay(20, Canceled);
    }

    public async Task<bool> ClaimAsync(int rank, int round = 0)
    {
        var token = Guid.NewGuid().ToString("N");
        var record = new TargetRecord(Id, token, null);
        if (await Bucket.TryWriteAsync(RelayNames.TargetKey(round, rank), record, WireJson.Default.TargetRecord, 0, Canceled) is not { } revision)
            return false;
        _claims[rank] = (token, revision);
        return true;
    }

    /// <summary>Writes the ending over the claim. Returns false if it does not count.</summary>
    public async Task<bool> EndAsync(Target target, NodeResult result, int round = 0)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteResult(target, result);
            json.WriteEndObject();
        }

        var (token, revision) = _claims[target.Index];
        var record = new TargetRecord(Id, token, JsonElement.Parse(buffer.WrittenSpan));
        return await Bucket.TryWriteAsync(RelayNames.TargetKey(round, target.Index), record, WireJson.Default.TargetRecord, revision, Canceled) is not null;
    }

    /// <summary>Publishes events, and keeps the message to be repeated.</summary>
    public async Task<byte[]> PublishAsync(params NodeEvent[] events)
    {
        _buffer.ResetWrittenCount();
        foreach (var nodeEvent in events)
            _json.Write(nodeEvent, TimeSpan.Zero);
        var bytes = _buffer.WrittenSpan.ToArray();
        await PublishAsync(bytes);
        return bytes;
    }

    public async Task PublishAsync(byte[] message, int round = 0)
    {
        var ack = await _server.JetStream.PublishAsync(
            RelayNames.Events(Run, round, Id), message, NatsRawSerializer<byte[]>.Default,
            new NatsJSPubOpts { MsgId = string.Create(CultureInfo.InvariantCulture, $"{Id}.{_messages++}") }, cancellationToken: Canceled);
        ack.EnsureSuccess();
    }

    public Task RefuseAsync(int[] ranks, string reason) => PublishAsync(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $$"""{"event":"refused","seq":{{_messages}},"time":0,"ranks":[{{string.Join(',', ranks)}}],"reason":"{{reason}}"}""")));

    /// <summary>Asks the controller for secrets.</summary>
    public async Task<SecretsReply> AskAsync(int[] ranks, int round = 0)
    {
        var request = JsonSerializer.SerializeToUtf8Bytes(new SecretsRequest(round, ranks), WireJson.Default.SecretsRequest);
        var reply = await _server.Connection.RequestAsync(
            RelayNames.Secrets(Run), request, requestSerializer: NatsRawSerializer<byte[]>.Default, replySerializer: NatsRawSerializer<byte[]>.Default,
            cancellationToken: Canceled);
        return JsonSerializer.Deserialize(reply.Data, WireJson.Default.SecretsReply)!;
    }

    /// <summary>Waits for a control message that meets a condition.</summary>
    public async Task<ControlMessage> WaitForControlAsync(Func<ControlMessage, bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Canceled);
        limit.CancelAfter(ControllerScene.Limit);
        await foreach (var message in _server.Connection.SubscribeAsync(
            RelayNames.Control(Run), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: limit.Token))
        {
            if (JsonSerializer.Deserialize(message.Data, WireJson.Default.ControlMessage) is { } control && condition(control))
                return control;
        }

        throw new InvalidOperationException("the subscription ended");
    }

    /// <summary>Removes all events that are stored.</summary>
    public async Task PurgeEventsAsync() =>
        await _server.JetStream.PurgeStreamAsync(RelayNames.RunStream(Run), new NATS.Client.JetStream.Models.StreamPurgeRequest(), Canceled);

    /// <summary>Raises the epoch, as a controller does that takes over.</summary>
    public async Task TakeOverAsync()
    {
        while (true)
        {
            var (record, revision) = (await Bucket.GetAsync(RelayNames.ControllerKey, WireJson.Default.ControllerRecord, Canceled))!.Value;
            record = record with { Epoch = record.Epoch + 1, Controller = "thief@there" };
            if (await Bucket.TryWriteAsync(RelayNames.ControllerKey, record, WireJson.Default.ControllerRecord, revision, Canceled) is not null)
                return;
        }
    }

    /// <summary>Sends no beats any more.</summary>
    public void FallSilent() => _silent.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _silent.CancelAsync();
        await _beats.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _json.Dispose();
        await _server.DisposeAsync();
    }

    private async Task BeatAsync()
    {
        while (true)
        {
            var beat = JsonSerializer.SerializeToUtf8Bytes(new BeatMessage(Run, Id, 1), WireJson.Default.BeatMessage);
            await _server.Connection.PublishAsync(RelayNames.Beat(Run), beat, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: _silent.Token);
            await Task.Delay(500, _silent.Token);
        }
    }
}
