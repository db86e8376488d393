using System.Globalization;
using System.Text.Json;
using NATS.Client.Core;
using Volley.Interop.Waiting;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay.Controller;

/// <summary>Sends the whole state of the controller to the relays, every second and after each change.</summary>
internal sealed class ControlSender(RelayRun run)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>The shortest time between two messages. Changes within it are sent together.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    private readonly AsyncSignal _changed = new();
    private long _number;

    /// <summary>Has the state sent at once, because it has changed.</summary>
    public void Announce() => _changed.Set();

    /// <summary>Sends until the token fires.</summary>
    public async Task SendAllAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await SendAsync(isClosed: false, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Shortest, run.Time, cancellationToken).ConfigureAwait(false);
            await WaitForChangeAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a change, or until it is time for another message.</summary>
    private async Task WaitForChangeAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Interval);
        try
        {
            await _changed.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing has changed.
        }
    }

    /// <summary>Sends the state. A message that is lost is repaired by the next one.</summary>
    public async Task SendAsync(bool isClosed, CancellationToken cancellationToken)
    {
        // A controller that has lost its run says nothing to the relays.
        if (run.Failure is not null)
            return;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(Create(isClosed), WireJson.Default.ControlMessage);
        try
        {
            await run.Server.Connection.PublishAsync(
                RelayNames.Control(run.Options.RunId), bytes, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            run.NoteFailure(failure);
        }
    }

    private ControlMessage Create(bool isClosed)
    {
        var rounds = run.Rounds.ToArray();
        var reasons = rounds.Select(round => round.Control.Reason).ToArray();
        // A stop of the whole run stops all its rounds. That of a single one, such as a check, is sent target by target.
        var stop = reasons.Length > 0 && reasons.All(reason => reason != StopReason.None) ? reasons[0] : StopReason.None;
        return new ControlMessage(run.Options.RunId, run.Epoch, Interlocked.Increment(ref _number))
        {
            Stop = stop == StopReason.None ? null : stop.ToString(),
            Hurry = rounds.Any(round => round.Active.Any(remote => remote.Turn.Hurry.IsCancellationRequested && remote.Turn.Ending is not null)),
            Canceled = stop != StopReason.None
                ? []
                : [.. rounds.SelectMany(round => round.Active.Where(remote => remote.Turn.Ending is not null)
                    .Select(remote => string.Create(CultureInfo.InvariantCulture, $"{round.Number}.{remote.Rank}")))],
            Credits = run.Reader.GetCredits(),
            Ended = run.EndedRounds,
            IsClosed = isClosed,
        };
    }
}
