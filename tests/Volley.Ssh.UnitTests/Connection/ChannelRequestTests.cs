using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests.Connection;

public class ChannelRequestTests
{
    [Fact]
    public async Task RequestsAreSentInOrderWithoutWaitingForAnswers()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var to = 100 + number;
        var terminal = channel.RequestPtyAsync("xterm", 80, 24).AsTask();
        await channel.RequestEnvironmentAsync("LANG", "C.UTF-8");
        var exec = channel.ExecAsync("echo ä").AsTask();
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, to, "pty-req", true, "xterm", 80u, 24u, 0u, 0u, new byte[1]));
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, to, "env", false, "LANG", "C.UTF-8"));
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, to, "exec", true, "echo ä"));
        peer.Send(Wire.Failure(number), Wire.Success(number));
        var refusal = await Assert.ThrowsAsync<SshException>(() => terminal);
        Assert.Equal((SshFailure.RequestRefused, "the server refused a terminal"), (refusal.Failure, refusal.Message));
        await exec;

        await channel.SendSignalAsync("TERM");
        await channel.ChangeWindowAsync(100, 30);
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, to, "signal", false, "TERM"));
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, to, "window-change", false, 100u, 30u, 0u, 0u));
    }

    [Fact]
    public async Task ACommandWithoutInputIsToldSoAtOnce()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var exec = channel.ExecAsync("cat", withoutInput: true).AsTask();
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + number, "exec", true, "cat"));
        await peer.ExpectAsync(Wire.Eof(100 + number));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await channel.WriteAsync("x"u8.ToArray()));
        peer.Send(Wire.Success(number));
        await exec;
        // It is told once.
        await channel.SendEofAsync();
        await peer.ExpectQuietAsync();
    }

    [Fact]
    public async Task ShellsAndSubsystemsAreAskedForByName()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var shell = channel.ShellAsync();
        var subsystem = channel.SubsystemAsync("sftp").AsTask();
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + number, "shell", true));
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + number, "subsystem", true, "sftp"));
        peer.Send(Wire.Success(number), Wire.Failure(number));
        await shell;
        Assert.Equal("the server refused the subsystem sftp", (await Assert.ThrowsAsync<SshException>(() => subsystem)).Message);
    }

    [Fact]
    public async Task AnExitStatusIsTheEnd()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var exit = channel.WaitForExitAsync();
        peer.Send(Wire.ExitStatus(number, 300), Wire.Close(number));
        Assert.Equal(new() { ExitCode = 300 }, await exit);
        peer.EndStream();
        await peer.Connection.Ended;
        Assert.Equal(300, (await channel.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task TheLastExitStatusCountsAndMoreThanASignal()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var signal = Wire.Message(MessageNumber.ChannelRequest, number, "exit-signal", false, "TERM", false, "", "");
        peer.Send(signal, Wire.ExitStatus(number, 300));
        await peer.ExpectQuietAsync();
        Assert.Equal(300, (await channel.WaitForExitAsync()).ExitCode);
        peer.Send(Wire.ExitStatus(number, 2), signal);
        await peer.ExpectQuietAsync();
        Assert.Equal(new() { ExitCode = 2 }, await channel.WaitForExitAsync());
    }

    public static TheoryData<byte[], string?> ExitSignals => new()
    {
        { [], null },
        { Wire.UInt32(0), "" },
        { [.. Wire.UInt32(9), (byte)'T'], null },
        { [.. Wire.UInt32(uint.MaxValue), (byte)'T'], null },
        { Wire.Message(0, "TERM")[1..], "TERM" },
        { Wire.Message(0, "TERM", true)[1..], "TERM" },
        { Wire.Message(0, "TERM", true, 99u)[1..], "TERM" },
    };

    [Theory]
    [MemberData(nameof(ExitSignals))]
    public async Task AMalformedExitSignalDoesNotEndTheConnection(byte[] fields, string? signal)
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var exit = channel.WaitForExitAsync().AsTask();
        peer.Send([.. Wire.Message(MessageNumber.ChannelRequest, number, "exit-signal", false), .. fields]);
        await peer.ExpectQuietAsync();
        peer.Send(Wire.Close(number));
        await peer.ExpectAsync(Wire.Close(100 + number));
        if (signal is null)
            Assert.Equal(SshFailure.ChannelClosed, (await Assert.ThrowsAsync<SshException>(() => exit)).Failure);
        else
            Assert.Equal(signal, (await exit).Signal);
        await peer.ExpectQuietAsync();
    }

    public static TheoryData<byte[]> SignsOfAStart =>
        [Wire.Data(0, "x"), Wire.Error(0, "x"), Wire.Eof(0), Wire.ExitStatus(0, 7), Wire.Message(MessageNumber.ChannelRequest, 0u, "exit-signal", false, "TERM", false, "", "")];

    [Theory]
    [MemberData(nameof(SignsOfAStart))]
    public async Task ACommandThatShowsThatItRunsHasStarted(byte[] sign)
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var exec = channel.ExecAsync("true").AsTask();
        await peer.ExpectAsync(MessageNumber.ChannelRequest);
        peer.Send(sign);
        await exec;
        // The answer that comes late keeps its place.
        var alive = channel.CheckAliveAsync().AsTask();
        await peer.ExpectAsync(MessageNumber.ChannelRequest);
        peer.Send(Wire.Success(number));
        await peer.ExpectQuietAsync();
        Assert.False(alive.IsCompleted);
        peer.Send(Wire.Failure(number));
        Assert.True(await alive);
        peer.Send(Wire.ExitStatus(number, 5), Wire.Close(number));
        await peer.ExpectAsync(Wire.Close(100 + number));
        Assert.Equal(5, (await channel.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task OutputPastTheFirstWindowFlowsBeforeTheAnswer()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var exec = channel.ExecAsync("true").AsTask();
        await peer.ExpectAsync(MessageNumber.ChannelRequest);
        for (var i = 0; i < 4; i++)
            peer.Send(Wire.Data(number, new byte[32 << 10]));
        await exec;
        var buffer = new byte[128 << 10];
        // The first output starts the command, so the rest may still be on its way.
        var received = 0;
        while (received < buffer.Length)
            received += (await channel.ReadAsync(buffer)).Count;
        Assert.Equal(buffer.Length, received);
        await peer.ExpectAsync(MessageNumber.ChannelWindowAdjust);
        peer.Send(Wire.Data(number, "more"), Wire.ExitStatus(number, 0), Wire.Success(number), Wire.Close(number));
        Assert.Equal(4, (await channel.ReadAsync(buffer)).Count);
        Assert.Equal(0, (await channel.WaitForExitAsync()).ExitCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ALateRefusalEndsACommandUnlessAKeepaliveMayBeMeant(bool asksForLife)
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var exec = channel.ExecAsync("true").AsTask();
        await peer.ExpectAsync(MessageNumber.ChannelRequest);
        peer.Send(Wire.Error(number, "no commands here"));
        await exec;
        var exit = channel.WaitForExitAsync().AsTask();
        if (asksForLife)
        {
            Assert.True(channel.TryAsk());
            await peer.ExpectAsync(MessageNumber.ChannelRequest);
        }
        peer.Send(Wire.Failure(number));
        if (asksForLife)
        {
            await peer.ExpectQuietAsync();
            Assert.False(exit.IsCompleted);
            peer.Send(Wire.ExitStatus(number, 1), Wire.Close(number));
            Assert.Equal(1, (await exit).ExitCode);
            return;
        }
        await peer.ExpectAsync(Wire.Close(100 + number));
        var refusal = await Assert.ThrowsAsync<SshException>(() => exit);
        Assert.Equal((SshFailure.RequestRefused, "the server refused the command"), (refusal.Failure, refusal.Message));
        Assert.Equal(16, (await channel.ReadAsync(new byte[100])).Count);
        Assert.Equal(0, (await channel.ReadAsync(new byte[100])).Count);
    }

    [Theory]
    [InlineData("end")]
    [InlineData("reset")]
    [InlineData("disconnect")]
    [InlineData("violation")]
    public async Task AServerMayHangUpOnceItHasToldTheExit(string end)
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        peer.Send(Wire.Data(number, "last"), Wire.ExitStatus(number, 4));
        if (end == "disconnect")
            peer.Send(Wire.Message(MessageNumber.Disconnect, 11u, "bye", ""));
        else if (end == "violation")
            peer.Send(Wire.Data(77, "x"));
        else if (end == "reset")
            peer.BreakStream(new IOException("Connection reset by peer"));
        else
            peer.EndStream();
        await peer.Connection.Ended;
        Assert.Equal(4, (await channel.WaitForExitAsync()).ExitCode);
        Assert.Equal(4, (await channel.ReadAsync(new byte[100])).Count);
        if (end == "violation")
            Assert.Equal(SshFailure.ProtocolViolation, (await Assert.ThrowsAsync<SshException>(async () => await channel.ReadAsync(new byte[100]))).Failure);
        else
            Assert.Equal(0, (await channel.ReadAsync(new byte[100])).Count);
        // Nobody knows whether that was all.
        Assert.True(channel.HasLostOutput);
    }

    [Fact]
    public async Task AnExitSignalIsTheEnd()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        peer.Send(Wire.Message(MessageNumber.ChannelRequest, number, "exit-signal", false, "SEGV", true, "Segmentation fault", "en"));
        Assert.Equal(new() { Signal = "SEGV", CoreDumped = true, Message = "Segmentation fault" }, await channel.WaitForExitAsync());
    }

    [Fact]
    public async Task ACloseWithoutAnExitIsAFailure()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var exit = channel.WaitForExitAsync().AsTask();
        peer.Send(Wire.Close(number));
        Assert.Equal(SshFailure.ChannelClosed, (await Assert.ThrowsAsync<SshException>(() => exit)).Failure);
    }

    [Fact]
    public async Task AnEndOfTheConnectionWithoutAnExitIsThatFailure()
    {
        await using var peer = new ScriptedPeer();
        var (channel, _) = await peer.OpenAsync();
        peer.EndStream();
        var failure = await Assert.ThrowsAsync<SshException>(async () => await channel.WaitForExitAsync());
        Assert.Equal(SshFailure.ConnectionLost, failure.Failure);
    }

    [Fact]
    public async Task RequestsWithoutAnswerFailWithTheChannel()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var exec = channel.ExecAsync("true").AsTask();
        var alive = channel.CheckAliveAsync();
        peer.Send(Wire.Close(number));
        Assert.Equal(SshFailure.ChannelClosed, (await Assert.ThrowsAsync<SshException>(() => exec)).Failure);
        Assert.False(await alive);
        Assert.False(await channel.CheckAliveAsync());
        await Assert.ThrowsAsync<SshException>(async () => await channel.ExecAsync("true"));
        // What needs no answer is dropped.
        await channel.SendSignalAsync("KILL");
        await channel.ChangeWindowAsync(1, 1);
        await channel.SendEofAsync();
    }

    [Theory]
    [InlineData(MessageNumber.ChannelSuccess)]
    [InlineData(MessageNumber.ChannelFailure)]
    public async Task AnyAnswerIsASignOfLife(byte answer)
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        var alive = channel.CheckAliveAsync();
        await peer.ExpectAsync(Wire.Message(MessageNumber.ChannelRequest, 100 + number, "keepalive@openssh.com", true));
        peer.Send(Wire.Message(answer, number));
        Assert.True(await alive);
    }

    [Fact]
    public async Task AnAnswerThatIsNotAwaitedAnyMoreKeepsItsPlace()
    {
        await using var peer = new ScriptedPeer();
        var (channel, number) = await peer.OpenAsync();
        using var stop = new CancellationTokenSource();
        var alive = channel.CheckAliveAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alive);
        var exec = channel.ExecAsync("true");
        peer.Send(Wire.Failure(number), Wire.Success(number), Wire.Success(number));
        await exec;
    }

    [Fact]
    public async Task TheServersRequestsGetTheAnswerThatTheyAskFor()
    {
        await using var peer = new ScriptedPeer();
        var (_, number) = await peer.OpenAsync();
        peer.Send(
            Wire.Message(MessageNumber.ChannelRequest, number, "xon-xoff", false, true),
            Wire.Message(MessageNumber.ChannelRequest, number, "unknown@test", false),
            Wire.Message(MessageNumber.ChannelRequest, number, "keepalive@openssh.com", true));
        await peer.ExpectAsync(Wire.Failure(100 + number));
        peer.Send(Wire.Message(MessageNumber.ChannelRequest, number, "exit-status", true, 0u));
        await peer.ExpectAsync(Wire.Success(100 + number));
        await peer.ExpectQuietAsync();
    }
}
