using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>What the terminal UI shows of copies.</summary>
public sealed class TuiTransferTests
{
    [Fact]
    public void ARunHasBytesRateAndTimeLeftAndANodeItsFile()
    {
        using var scene = new TuiScene("web[1-2]");
        scene.Start(0, 1);
        scene.Time.Advance(TimeSpan.FromSeconds(10));
        scene.Report(0, 20_000_000, 80_000_000, "data/one\ntwo");
        scene.Report(1, 20_000_000, 80_000_000, "data/three");
        // 40 MB of 160 MB in 10 s.
        var screen = scene.Screen();
        Assert.Contains("25%", screen, StringComparison.Ordinal);
        Assert.Contains("4 MB/s", screen, StringComparison.Ordinal);
        Assert.Contains("0:30 left", screen, StringComparison.Ordinal);
        Assert.Contains("20 MB of 80 MB  data/one?two", screen, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEndedNodeShowsWhatItHasCopied()
    {
        using var scene = new TuiScene("web1");
        scene.Start(0);
        scene.Finish(0, new NodeResult(NodeOutcome.Exited) { ExitCode = 0, TransferredFiles = 3, TransferredBytes = 1_200_000 });
        Assert.Contains("3 files, 1.2 MB", scene.Screen(), StringComparison.Ordinal);
    }
}
