using System.Reflection;
using Xunit;

namespace Volley.Tests.Executor;

public class NodeResultTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(255, 255)]
    [InlineData(256, 255)]
    [InlineData(257, 1)]
    [InlineData(512, 255)]
    [InlineData(4_294_967, 55)]
    [InlineData(-1, 255)]
    [InlineData(-256, 255)]
    [InlineData(null, 255)]
    public void AnExitCodeCountsAsItsLowByte(int? exitCode, int code)
    {
        var result = new NodeResult(NodeOutcome.Exited) { ExitCode = exitCode };
        Assert.Equal(code, result.Code);
        Assert.Equal(exitCode == 0, result.Succeeded);
    }

    [Theory]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    [InlineData("QUIT", 131)]
    [InlineData("ILL", 132)]
    [InlineData("ABRT", 134)]
    [InlineData("FPE", 136)]
    [InlineData("KILL", 137)]
    [InlineData("USR1", 138)]
    [InlineData("SEGV", 139)]
    [InlineData("USR2", 140)]
    [InlineData("PIPE", 141)]
    [InlineData("ALRM", 142)]
    [InlineData("TERM", 143)]
    [InlineData("ODD@example.com", 255)]
    [InlineData(null, 255)]
    public void ASignalCountsAs128AndItsNumber(string? signal, int code)
    {
        var result = new NodeResult(NodeOutcome.Signaled) { Signal = signal };
        Assert.Equal(code, result.Code);
        Assert.False(result.Succeeded);
    }

    [Fact]
    public void TheNameOfASignalIsTheServersToChooseAndNeitherLongNorHarmful()
    {
        Assert.Equal("killed by signal A?]0;x??db4:?ok", CauseOf("A\e]0;x\u202e\ndb4: ok"));
        Assert.Equal($"killed by signal {new string('A', 64)}...", CauseOf(new string('A', 4096)));

        static string CauseOf(string signal) => new NodeResult(NodeOutcome.Signaled) { Signal = signal }.Cause;
    }

    [Theory]
    [InlineData(NodeOutcome.ConnectFailed, 255, "connect failed")]
    [InlineData(NodeOutcome.NameNotResolved, 255, "name not resolved")]
    [InlineData(NodeOutcome.AuthenticationFailed, 255, "authentication failed")]
    [InlineData(NodeOutcome.HostKeyRejected, 255, "host key rejected")]
    [InlineData(NodeOutcome.ElevationFailed, 255, "elevation failed")]
    [InlineData(NodeOutcome.ConnectTimedOut, 255, "connect timed out")]
    [InlineData(NodeOutcome.CommandTimedOut, 124, "timed out")]
    [InlineData(NodeOutcome.IdleTimedOut, 124, "timed out without output")]
    [InlineData(NodeOutcome.RelativeTimedOut, 124, "timed out against the median")]
    [InlineData(NodeOutcome.DeadlineExceeded, 124, "deadline exceeded")]
    [InlineData(NodeOutcome.ConnectionLost, 255, "connection lost")]
    [InlineData(NodeOutcome.DirectoryUnavailable, 255, "directory unavailable")]
    [InlineData(NodeOutcome.TransferFailed, 1, "transfer failed")]
    [InlineData(NodeOutcome.CheckFailed, 1, "check failed")]
    [InlineData(NodeOutcome.NotChecked, 130, "not checked")]
    [InlineData(NodeOutcome.Refused, 1, "refused")]
    [InlineData(NodeOutcome.OutputLimitReached, 1, "output limit reached")]
    [InlineData(NodeOutcome.Canceled, 130, "canceled")]
    [InlineData(NodeOutcome.NotStarted, 130, "not started")]
    [InlineData(NodeOutcome.Faulted, 255, "internal error")]
    public void EveryOtherOutcomeHasItsCodeAndCause(NodeOutcome outcome, int code, string cause)
    {
        var result = new NodeResult(outcome);
        Assert.Equal((code, cause, false), (result.Code, result.Cause, result.Succeeded));
    }

    [Fact]
    public void TheTableOfOutcomesIsComplete()
    {
        var table = typeof(NodeResultTests).GetMethod(nameof(EveryOtherOutcomeHasItsCodeAndCause))!
            .GetCustomAttributes<InlineDataAttribute>().Select(row => (NodeOutcome)row.Data[0]!);
        Assert.Equal(Enum.GetValues<NodeOutcome>(), [NodeOutcome.Exited, NodeOutcome.Signaled, .. table]);
    }

    [Fact]
    public void EveryOutcomeHasACauseOfItsOwn()
    {
        var outcomes = Enum.GetValues<NodeOutcome>();
        Assert.Equal(outcomes.Length, outcomes.Select(o => new NodeResult(o).Cause).Distinct().Count());
    }

    [Theory]
    [InlineData(StopReason.FailFast, 1)]
    [InlineData(StopReason.Deadline, 124)]
    [InlineData(StopReason.Interrupt, 130)]
    [InlineData(StopReason.Terminate, 130)]
    [InlineData(StopReason.HangUp, 130)]
    [InlineData(StopReason.OutputClosed, 130)]
    [InlineData(StopReason.ReaderLeft, 130)]
    [InlineData(StopReason.Requested, 130)]
    public void WhatAStopEndedCountsByItsReason(StopReason reason, int code)
    {
        Assert.Equal(code, new NodeResult(NodeOutcome.Canceled) { Stop = reason }.Code);
        Assert.Equal(code, new NodeResult(NodeOutcome.NotStarted) { Stop = reason }.Code);
    }

    [Fact]
    public void TheCauseNamesCodesAndSignals()
    {
        Assert.Equal("exit 3", new NodeResult(NodeOutcome.Exited) { ExitCode = 3 }.Cause);
        Assert.Equal("exit 300", new NodeResult(NodeOutcome.Exited) { ExitCode = 300 }.Cause);
        Assert.Equal("killed by signal TERM", new NodeResult(NodeOutcome.Signaled) { Signal = "TERM" }.Cause);
    }
}
