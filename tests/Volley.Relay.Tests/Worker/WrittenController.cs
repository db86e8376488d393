using System.Collections.Concurrent;
using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Volley.Relay.Jobs;
using Volley.Relay.Server;
using Volley.Relay.Wire;
using Xunit;

namespace Volley.Relay.Tests.Worker;

/// <summary>A controller of one round that writes its messages as a test says, and keeps the lines that relays publish.</summary>
internal sealed class WrittenController : IAsyncDisposable
{
    public const string Queue = "group:g";

    private readonly RelayServer _server;
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly ConcurrentQueue<JsonElement> _lines = [];
    private readonly List<Task> _work = [];
    private long _number;
    private bool _isDisposed;

    private WrittenController(RelayServer server, string run) => (_server, Run, Bucket) = (server, run, server.OpenBucket(RelayNames.RunBucket(run)));

    public string Run { get; }

    public Bucket Bucket { get; }

    /// <summary>What the next control message says, apart from its number.</summary>
    public ControlMessage State { get; set; } = null!;

    /// <summary>Whether it sends no control messages.</summary>
    public bool IsSilent { get; set; }

    public IReadOnlyCollection<JsonElement> Lines => _lines;

    public static async Task<WrittenController> StartAsync(
        RelayServer server, RunPlan plan, TimeSpan? lease = null, long streamBytes = 64 * 1024 * 1024, bool reads = true)
    {
        const string run = "run1";
        await server.EnsureSharedAsync(CancellationToken.None);
        await server.EnsureRunAsync(run, streamBytes, CancellationToken.None);
        await server.OpenQueueAsync(Queue, CancellationToken.None);
        var round = new JobRound
        {
            Run = run,
            Number = 0,
            Plan = plan,
            Connections = new RelayConnectionSettings(),
            Controller = "tester@here",
            Title = "test",
            Version = "1",
            Lease = lease,
            Inputs = await JobInputs.StoreAsync(server, run, 0, plan.Job, CancellationToken.None),
        };
        var builder = new JobBuilder(round, Queue, plan.Targets);
        var controller = new WrittenController(server, run) { State = new ControlMessage(run, 1, 0) };
        await builder.WritePiecesAsync(async (number, bytes) =>
            await controller.Bucket.PutAsync(RelayNames.PieceKey(0, Queue, number), bytes, CancellationToken.None));
        var signed = await JobBuilder.SignAsync(builder.CreateDocument(DateTimeOffset.UtcNow), null, CancellationToken.None);
        await controller.Bucket.PutAsync(RelayNames.JobKey(0, Queue), signed, WireJson.Default.SignedJob, CancellationToken.None);
        controller._work.Add(Task.Run(controller.ControlAsync));
        if (reads)
            controller.Read();
        return controller;
    }

    /// <summary>Answers requests for secrets.</summary>
    public async Task<IAsyncDisposable> AnswerSecretsAsync(SecretsReply reply)
    {
        var requests = await _server.Connection.SubscribeCoreAsync(RelayNames.Secrets(Run), serializer: NatsRawSerializer<byte[]>.Default);
        _work.Add(Task.Run(async () =>
        {
            await foreach (var request in requests.Msgs.ReadAllAsync(_end.Token))
            {
                var bytes = JsonSerializer.SerializeToUtf8Bytes(reply, WireJson.Default.SecretsReply);
                await request.ReplyAsync(bytes, serializer: NatsRawSerializer<byte[]>.Default);
            }
        }));
        return requests;
    }

    /// <summary>Puts a chunk into the queue.</summary>
    public async Task SendAsync(params int[] ranks) =>
        await SendAsync(new WorkItem(JobDocument.CurrentProtocol, Run, 0, Queue, 0, ranks));

    public async Task SendAsync(WorkItem item) => await SendAsync(JsonSerializer.SerializeToUtf8Bytes(item, WireJson.Default.WorkItem));

    public async Task SendAsync(byte[] message)
    {
        var ack = await _server.JetStream.PublishAsync(RelayNames.WorkSubject(Queue), message, NatsRawSerializer<byte[]>.Default);
        ack.EnsureSuccess();
    }

    /// <summary>Begins to read the events.</summary>
    public void Read() => _work.Add(Task.Run(ReadAsync));

    private async Task ReadAsync()
    {
        var consumer = await _server.JetStream.CreateOrUpdateConsumerAsync(
            RelayNames.RunStream(Run),
            new ConsumerConfig { Name = Guid.NewGuid().ToString("N"), AckPolicy = ConsumerConfigAckPolicy.None },
            _end.Token);
        while (!_end.IsCancellationRequested)
        {
            await foreach (var message in consumer.FetchAsync(
                new NatsJSFetchOpts { MaxMsgs = 16, Expires = TimeSpan.FromSeconds(1) }, NatsRawSerializer<byte[]>.Default, _end.Token))
            {
                foreach (var line in SplitLines(message.Data!))
                    _lines.Enqueue(line);
                if (Purges)
                {
                    var next = message.Metadata!.Value.Sequence.Stream + 1;
                    await _server.JetStream.PurgeStreamAsync(RelayNames.RunStream(Run), new StreamPurgeRequest { Seq = next }, _end.Token);
                }
            }
        }
    }

    /// <summary>Whether what was read is purged.</summary>
    public bool Purges { get; set; }

    /// <summary>The lines of an event.</summary>
    public List<JsonElement> Of(string name) => [.. _lines.Where(line => line.GetProperty("event").GetString() == name)];

    /// <summary>Waits until the targets have finished, and returns their ranks in the order of their ends.</summary>
    public async Task<int[]> WaitForFinishedAsync(int count)
    {
        await WaitAsync(() => Of("finished").Count >= count);
        return [.. Of("finished").Select(line => line.GetProperty("rank").GetInt32())];
    }

    public async Task<TargetRecord?> GetRecordAsync(int rank) =>
        await Bucket.GetAsync(RelayNames.TargetKey(0, rank), WireJson.Default.TargetRecord, CancellationToken.None) is var (record, _) ? record : null;

    public async Task<NodeResult> WaitForEndingAsync(int rank)
    {
        JsonElement? ending = null;
        await WaitAsync(async () => (ending = (await GetRecordAsync(rank))?.Ending) is not null);
        return JsonEventReader.ReadResult(ending!.Value);
    }

    /// <summary>The number of chunks that no relay has acknowledged.</summary>
    public async Task<long> CountChunksAsync()
    {
        var stream = await _server.JetStream.GetStreamAsync(RelayNames.WorkStream);
        return stream.Info.State.Messages;
    }

    public async Task<StreamState> GetStateAsync() => (await _server.JetStream.GetStreamAsync(RelayNames.RunStream(Run))).Info.State;

    public static Task WaitAsync(Func<bool> isTrue) => WaitAsync(() => Task.FromResult(isTrue()));

    public static async Task WaitAsync(Func<Task<bool>> isTrue)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await isTrue())
            await Task.Delay(20, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _end.CancelAsync();
        await Task.WhenAll(_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task ControlAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        do
        {
            if (IsSilent)
                continue;
            var message = JsonSerializer.SerializeToUtf8Bytes(State with { Number = ++_number }, WireJson.Default.ControlMessage);
            try
            {
                await _server.Connection.PublishAsync(
                    RelayNames.Control(Run), message, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: _end.Token);
            }
            catch (NatsException)
            {
                // The server is away.
            }
        }
        while (await timer.WaitForNextTickAsync(_end.Token));
    }

    private static IEnumerable<JsonElement> SplitLines(byte[] message)
    {
        for (var start = 0; start < message.Length;)
        {
            var end = Array.IndexOf(message, (byte)'\n', start);
            yield return JsonElement.Parse(message.AsSpan(start, end - start));
            start = end + 1;
        }
    }
}
