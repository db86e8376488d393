using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>A run with several steps in the terminal UI.</summary>
public sealed class TuiStepTests : IDisposable
{
    private readonly TuiScene _scene = new("n[0-1]", new StepsJob(CommandJob.Shell("apt-get update"), CommandJob.Shell("reboot")));

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void ALineInTheOutputSaysWhichStepBegins()
    {
        Begin(0, 1);
        _scene.Print(0, "fetched");
        Assert.Contains("apt-get update, then reboot", _scene.Line(0), StringComparison.Ordinal);
        Begin(0, 2);
        _scene.Print(0, "going down\n");
        _scene.Press("Tab", "Enter");
        var screen = _scene.Screen();
        Assert.Contains("fetched\n", screen, StringComparison.Ordinal);
        Assert.Contains("--- step 2 of 2: reboot ---", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("step 1", screen, StringComparison.Ordinal);
        _scene.Finish(0, new NodeResult(NodeOutcome.Exited) { ExitCode = 4, Step = 2 });
        Assert.Contains("step 2: exit 4", _scene.Screen(), StringComparison.Ordinal);
    }

    [Fact]
    public void NodesAreComparedByTheOutputOfAllSteps()
    {
        foreach (var node in new[] { 0, 1 })
        {
            Begin(node, 1);
            _scene.Print(node, node == 0 ? "one\n" : "other\n");
            Begin(node, 2);
            _scene.Print(node, "same\n");
            _scene.Exit(node, 0);
        }

        Assert.NotEqual(_scene.State.Nodes[0].Identity, _scene.State.Nodes[1].Identity);
    }

    private void Begin(int node, int step)
    {
        if (step == 1)
            _scene.Connect(node);
        _scene.State.Apply(new NodeStarted(_scene.Plan.Targets[node]) { Step = step });
    }
}
