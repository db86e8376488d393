using System.Globalization;
using Volley.Cli.Terminal.Cells;
using Volley.Cli.Tui.Nodes;

namespace Volley.Cli.Tui.Views;

/// <summary>The batches of a rollout, one in a row, and the keys that approve, pause and abort it.</summary>
internal sealed class BatchesView(TuiSession session) : IView
{
    private readonly ScrollCursor _scroll = new();

    public string Title => "batches";

    public string Hints => "y approve  p pause  x abort  Enter nodes  Esc back";

    public NodeState? Current => null;

    public IReadOnlyList<NodeState> Selected => [];

    public bool IsDetail => false;

    private TuiState State => session.State;

    public void Draw(Canvas canvas)
    {
        canvas.Write(0, 0, DescribeWait(), new Look(Tone.Pending, IsBold: true));
        _scroll.Fit(State.Batches.Length, canvas.Height - 1);
        for (var y = 1; y < canvas.Height && _scroll.TryPlaceIn(y - 1, State.Batches.Length, out var place); y++)
        {
            DrawBatch(canvas, y, State.Batches[place]);
            if (place == _scroll.Index)
                canvas.Paint(y, look => look with { IsReverse = true });
        }
    }

    public bool Press(string key)
    {
        if (_scroll.Press(key, State.Batches.Length))
            return true;
        switch (key)
        {
            case "y":
                session.Approve();
                return true;
            case "p":
                session.Pause();
                return true;
            case "x":
                session.Abort();
                return true;
            case "Enter":
                session.OpenNodes(State.Batches[_scroll.Index]);
                return true;
            default:
                return false;
        }
    }

    public bool Click(int x, int y)
    {
        if (y == 0 || !_scroll.TryPlaceIn(y - 1, State.Batches.Length, out var place))
            return false;
        _scroll.Index = place;
        return true;
    }

    private string DescribeWait() => State.Waiting switch
    {
        { } waiting => $"{TuiSession.Describe(waiting)}: y begins it",
        null when State.HasUnstarted => string.Create(CultureInfo.InvariantCulture, $"stopped: {State.FinishedBatch} of {State.Batches.Length} batches done"),
        null when session.IsPaused => "pauses before the next batch: y continues",
        _ => string.Create(CultureInfo.InvariantCulture, $"{State.Batches.Length} batches, {State.FinishedBatch} done"),
    };

    private void DrawBatch(Canvas canvas, int y, Batch batch)
    {
        var nodes = batch.Targets.Select(target => State.Nodes[target.Index]).ToList();
        // Hosts that a stop kept from starting have not failed.
        var hasBegun = batch.Number <= State.CurrentBatch;
        var done = hasBegun ? nodes.Count(node => NodePhases.IsDone(node.Phase)) : 0;
        var bad = !hasBegun ? 0 : nodes.Count(node => NodePhases.IsDone(node.Phase) && node.Phase != NodePhase.Succeeded);
        var (standing, tone) = Describe(batch, done, bad);
        canvas.WriteRight(4, y, Number(batch), new Look(Tone.Plain, IsBold: true));
        canvas.Write(6, y, standing, tone);
        canvas.WriteRight(24, y, string.Create(CultureInfo.InvariantCulture, $"{done}/{nodes.Count}"));
        var x = canvas.Write(26, y, bad == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{bad} failed  "), Tone.Bad);
        x = canvas.Write(x, y, batch.IsCanary ? "canary  " : "", Tone.Pending);
        canvas.Write(x, y, HostList.Fold(batch.Targets.Select(target => target.Label)), Tone.Name);
    }

    private (string Text, Tone Tone) Describe(Batch batch, int done, int bad)
    {
        if (batch.Number > State.CurrentBatch)
            return State.HasUnstarted ? ("not started", Tone.Faint) : State.Waiting?.Batch.Number == batch.Number ? ("waits", Tone.Pending) : ("queued", Tone.Faint);
        if (done < batch.Targets.Length)
            return ("running", Tone.Plain);
        if (batch.Number > State.FinishedBatch)
            return batch.Targets.Any(target => State.Nodes[target.Index].Phase == NodePhase.Canceled) ? ("stopped", Tone.Bad) : ("checking", Tone.Pending);
        return bad > 0 ? ("failed", Tone.Bad) : ("done", Tone.Good);
    }

    private static string Number(Batch batch) => batch.Number.ToString(CultureInfo.InvariantCulture);
}
