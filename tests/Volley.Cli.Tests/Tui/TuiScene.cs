using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Volley.Cli.Tui;
using Volley.Cli.Tui.Nodes;
using Volley.Rollout;

namespace Volley.Cli.Tests.Tui;

/// <summary>The terminal UI without a terminal: events go in, keys are pressed, and screens are text.</summary>
internal sealed class TuiScene : ITuiCommands, IDisposable
{
    public TuiScene(string hosts, params string[] command)
        : this(hosts, CommandJob.Shell(string.Join(' ', command.DefaultIfEmpty("uptime"))))
    {
    }

    public TuiScene(string hosts, Job job)
    {
        Plan = new RunPlan(HostList.Parse(hosts).ToTargets(), job);
        State = new TuiState(Plan, Time);
        Session = new TuiSession(State, this, isAscii: false);
    }

    public TuiScene(string hosts, RolloutPlan rollout)
    {
        Plan = new RunPlan(HostList.Parse(hosts).ToTargets(), CommandJob.Shell("uptime"));
        State = new TuiState(Plan, Time) { Batches = rollout.GetBatches(Plan.Targets) };
        Session = new TuiSession(State, this, isAscii: false);
        Rollout = new RolloutControl();
    }

    public FakeTimeProvider Time { get; } = new();

    public RunPlan Plan { get; }

    public TuiState State { get; }

    public TuiSession Session { get; }

    /// <summary>What the keys asked of the run.</summary>
    public List<string> Asked { get; } = [];

    public bool IsLive { get; set; } = true;

    public string? CannotRepeat { get; set; }

    public void Connect(params int[] nodes)
    {
        foreach (var node in nodes)
            State.Apply(new NodeConnecting(Plan.Targets[node]));
    }

    public void Start(params int[] nodes)
    {
        Connect(nodes);
        foreach (var node in nodes)
            State.Apply(new NodeStarted(Plan.Targets[node]));
    }

    public void Print(int node, string text, StreamKind stream = StreamKind.Stdout) => Print(node, Encoding.UTF8.GetBytes(text), stream);

    public void Print(int node, byte[] bytes, StreamKind stream = StreamKind.Stdout) => State.Apply(new NodeOutput(Plan.Targets[node], stream, bytes));

    public void Report(int node, long bytes, long total, string file) =>
        State.Apply(new NodeProgress(Plan.Targets[node], bytes, total) { CurrentFile = file });

    public void Exit(int node, int code, double seconds = 1) =>
        Finish(node, new NodeResult(NodeOutcome.Exited) { ExitCode = code, Elapsed = TimeSpan.FromSeconds(seconds) });

    public void Finish(int node, NodeResult result) => State.Apply(new NodeFinished(Plan.Targets[node], result));

    public void Press(params string[] keys)
    {
        foreach (var key in keys)
            Session.Press(key);
    }

    public void Type(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            Session.Press(rune.Value == ' ' ? "Space" : rune.ToString());
    }

    /// <summary>The screen as text, without the blanks at the ends of its lines.</summary>
    public string Screen(int width = 80, int height = 24) => Session.Draw(width, height).ToString();

    /// <summary>One line of it.</summary>
    public string Line(int y, int width = 80, int height = 24) => Screen(width, height).Split('\n')[y];

    public void Cancel(Target target) => Asked.Add($"cancel {target.Label}");

    public void Rerun(ImmutableArray<Target> targets) => Asked.Add($"again {string.Join(' ', targets.Select(target => target.Label))}");

    public RolloutControl? Rollout { get; set; }

    public void AbortRollout() => Asked.Add("abort");

    public void Stop() => Asked.Add("stop");

    public void Leave() => Asked.Add("leave");

    public void Suspend() => Asked.Add("suspend");

    public void Write(string folder, ImmutableArray<NodeState> nodes, Action<string> done) =>
        Asked.Add($"write {folder} {string.Join(' ', nodes.Select(node => node.Target.Label))}");

    public void Dispose() => State.Dispose();
}
