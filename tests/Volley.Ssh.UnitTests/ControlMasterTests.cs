using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Volley.Ssh.Connection;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>Channels over real masters and a real sshd.</summary>
public sealed class ControlMasterTests(Fleet fleet) : IClassFixture<Fleet>
{
    private static int _markers;

    // A number of seconds or bytes that no other process has in its command line.
    private readonly int _marker = 700_000_000 + (Environment.ProcessId % 100_000 * 1_000) + Interlocked.Increment(ref _markers);

    [Fact]
    public async Task StreamsComeApartAndTheExitStatusBehindThem()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.StartAsync("echo out; echo err >&2; exit 7");
        Assert.Equal(new() { ExitCode = 7 }, await channel.ExitAsync());
        Assert.Equal(("out\n", "err\n"), await channel.ReadToEndAsync());
        await channel.CloseAsync();
        Assert.Equal(0, connection.OpenChannels);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("SEGV")]
    public async Task ASignalThatEndsTheCommandIsNamed(string signal)
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.StartAsync($"ulimit -c 0; kill -{signal} $$");
        Assert.Equal(signal, (await channel.ExitAsync()).Signal);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("KILL")]
    public async Task ASignalEndsTheCommandAndItsChild(string signal)
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        // The child speaks for itself: dash holds INT off until the child's program runs, and may lose it there.
        await using var channel = await connection.StartAsync($"sh -c 'yes {_marker}; true'; true");
        await channel.ReadUntilAsync($"{_marker}\n");
        await channel.SendSignalAsync(signal);
        Assert.Equal(signal, (await channel.ExitAsync()).Signal);
        Assert.Empty(await fleet.RemoteProcessesAfterAsync($"{_marker}", ControlMaster.Limit));
    }

    [Fact]
    public async Task ManyChannelsShareOneConnection()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async n =>
        {
            await using var channel = await connection.StartAsync($"read line; echo $line; echo {n} >&2; exit {n}");
            Assert.True(await channel.WriteAsync(Encoding.UTF8.GetBytes($"line {n}\n")));
            await channel.SendEofAsync();
            Assert.Equal(($"line {n}\n", $"{n}\n"), await channel.ReadToEndAsync());
            Assert.Equal(n, (await channel.ExitAsync()).ExitCode);
        }));
        Assert.False(connection.Ended.IsCompleted);
    }

    [Fact]
    public async Task ABlockedReaderStopsTheRemoteWriterAndLosesNothing()
    {
        const int Size = 64 << 20;
        await using var master = await ControlMaster.StartAsync(fleet);
        var budget = new WindowBudget();
        await using var connection = await master.ConnectAsync(new() { WindowBudget = budget });
        await using var channel = await connection.StartAsync($"yes 0123456 | head -c {Size} && echo {_marker} >/dev/null");
        // While the output is not read, the peer answers a hundred times, which would suffice for all of it.
        for (var i = 0; i < 500; i++)
            Assert.True(await channel.CheckAliveAsync());
        Assert.NotEmpty(fleet.RemoteProcesses($"head -c {Size}"));
        Assert.Equal(WindowBudget.FirstWindow, budget.Granted);

        var buffer = new byte[100_000];
        var read = 0L;
        var expected = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0123456\n", buffer.Length / 8 + 2)));
        while (await channel.ReadAsync(buffer) is { Count: > 0 } part)
        {
            Assert.True(buffer.AsSpan(0, part.Count).SequenceEqual(expected.AsSpan((int)(read % 8), part.Count)));
            read += part.Count;
        }
        Assert.Equal(Size, read);
        Assert.Equal(0, (await channel.ExitAsync()).ExitCode);
        Assert.Equal(0, budget.Granted);
    }

    [Fact]
    public async Task StandardInputArrivesWholeAndEnds()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.StartAsync("sha256sum");
        var data = new byte[16 << 20];
        new Random(1).NextBytes(data);
        Assert.True(await channel.WriteAsync(data));
        await channel.SendEofAsync();
        var (stdout, _) = await channel.ReadToEndAsync();
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(data)), stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWriterIsToldThatTheCommandReadsNoMore()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.StartAsync($"exec 0<&-; exec sleep {_marker}");
        var data = new byte[32 << 10];
        while (await channel.WriteAsync(data).AsTask().WaitAsync(ControlMaster.Limit)) ;
        await channel.SendSignalAsync("TERM");
        Assert.Equal("TERM", (await channel.ExitAsync()).Signal);
    }

    [Fact]
    public async Task TheExitComesWhileSomethingElseHoldsThePipes()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.StartAsync($"sleep {_marker} & exit 3");
        Assert.Equal(3, (await channel.ExitAsync()).ExitCode);
        using var stop = new CancellationTokenSource();
        var reading = channel.ReadAsync(new byte[10], stop.Token).AsTask();
        Assert.True(await channel.CheckAliveAsync());
        Assert.False(reading.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        foreach (var process in fleet.RemoteProcesses($"sleep {_marker}"))
            await ControlMaster.SignalAsync(process.Id, "KILL");
    }

    [Fact]
    public async Task ATcpConnectionThroughTheServerIsAStream()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var stream = await connection.OpenTcpAsync("127.0.0.1", port);
        using var client = await listener.AcceptTcpClientAsync();
        var server = client.GetStream();
        var data = new byte[4 << 20];
        new Random(2).NextBytes(data);
        var echo = Task.Run(async () =>
        {
            await server.CopyToAsync(server);
            client.Client.Shutdown(SocketShutdown.Send);
        });
        var writing = Task.Run(async () =>
        {
            await stream.WriteAsync(data);
            await stream.CompleteWritesAsync();
        });
        using var back = new MemoryStream();
        await stream.CopyToAsync(back).WaitAsync(ControlMaster.Limit);
        await writing;
        await echo;
        Assert.True(back.ToArray().AsSpan().SequenceEqual(data));
    }

    [Fact]
    public async Task ATcpConnectionThatIsRefusedSaysSo()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        // Nobody listens on port 1.
        var failure = await Assert.ThrowsAsync<SshException>(async () => await connection.OpenTcpAsync("127.0.0.1", 1));
        Assert.Equal(SshFailure.ChannelRefused, failure.Failure);
        Assert.Contains("Connection refused", failure.Message, StringComparison.Ordinal);
        await using var channel = await connection.StartAsync("true");
        Assert.Equal(0, (await channel.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task ATerminalHasASizeAndItsEndIsAHangUp()
    {
        var seen = Path.Combine(fleet.Folder, "home", $"hup{_marker}");
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.OpenSessionAsync();
        await channel.RequestPtyAsync("vt100", 91, 17);
        await channel.ExecAsync(
            $"trap 'stty size' WINCH; trap 'echo $TERM >{seen}; kill $!; exit' HUP; stty size; sleep {_marker} & while :; do wait; done");
        await channel.ReadUntilAsync("17 91\r\n");
        await channel.ChangeWindowAsync(70, 20);
        await channel.ReadUntilAsync("20 70\r\n");
        await channel.DisposeAsync();
        Assert.Empty(await fleet.RemoteProcessesAfterAsync($"{_marker}", ControlMaster.Limit));
        Assert.Equal("vt100\n", await File.ReadAllTextAsync(seen));
    }

    [Fact]
    public async Task VariablesAreSetWhereTheServerAcceptsThem()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.OpenSessionAsync();
        await channel.RequestEnvironmentAsync("VOLLEY_X", "a b 'ä'");
        await channel.RequestEnvironmentAsync("SECRET", "no");
        await channel.ExecAsync("echo \"$VOLLEY_X$SECRET\"");
        Assert.Equal(("a b 'ä'\n", ""), await channel.ReadToEndAsync());
    }

    [Fact]
    public async Task AKilledMasterIsALostConnectionAndWhatCameIsKept()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.StartAsync($"echo first; exec sleep {_marker}");
        var buffer = new byte[100];
        Assert.Equal(1, (await channel.ReadAsync(buffer.AsMemory(0, 1))).Count);
        var exit = channel.ExitAsync();
        await master.SignalAsync("KILL");
        await connection.Ended.WaitAsync(ControlMaster.Limit);
        Assert.Equal(SshFailure.ConnectionLost, connection.EndedBy!.Failure);
        Assert.True(await Processes.WaitForEndAsync(master.ProcessId, ControlMaster.Limit));
        var read = await channel.ReadAsync(buffer);
        Assert.Equal("irst\n", Encoding.UTF8.GetString(buffer, 0, read.Count));
        Assert.Equal(SshFailure.ConnectionLost,
            (await Assert.ThrowsAsync<SshException>(async () => await channel.ReadAsync(buffer))).Failure);
        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => exit)).Failure);
        // Its socket is still there, and nobody behind it.
        var stale = await Assert.ThrowsAsync<SshControlMasterException>(() => SshControlMaster.GetProcessIdAsync(master.Path, ControlMaster.Limit));
        Assert.Equal(SshControlMasterFailure.Stale, stale.Failure);
        foreach (var process in fleet.RemoteProcesses($"sleep {_marker}"))
            await ControlMaster.SignalAsync(process.Id, "KILL");
    }

    [Fact]
    public async Task AMasterThatStandsStillIsUnresponsive()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        var clock = new FakeTimeProvider();
        var interval = TimeSpan.FromSeconds(1);
        await using var connection = await master.ConnectAsync(new() { KeepAliveInterval = interval, KeepAliveCount = 2 }, clock);
        await using var channel = await connection.StartAsync("echo up; exec cat");
        await channel.ReadUntilAsync("up\n");
        // The connection outlives silent intervals while the master answers.
        for (var i = 0; i < 5; i++)
        {
            clock.Advance(interval);
            // The answer to this request follows that to the keepalive.
            Assert.True(await channel.CheckAliveAsync());
        }

        Assert.False(connection.Ended.IsCompleted);
        await master.SignalAsync("STOP");
        for (var i = 0; i < 4; i++)
            clock.Advance(interval);
        await connection.Ended.WaitAsync(ControlMaster.Limit);
        Assert.Equal(SshFailure.Unresponsive, connection.EndedBy!.Failure);
        var silent = await Assert.ThrowsAsync<SshControlMasterException>(() => SshControlMaster.GetProcessIdAsync(master.Path, TimeSpan.FromMilliseconds(100)));
        Assert.Equal(SshControlMasterFailure.NoAnswer, silent.Failure);
        await master.SignalAsync("CONT");
    }

    [Fact]
    public async Task AnEndedMasterTakesItsConnectionsAlong()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        Assert.Contains(master.Path, Processes.Find(master.ProcessId)!.CommandLine, StringComparison.Ordinal);
        await using var connection = await master.ConnectAsync();
        await using var channel = await connection.StartAsync("cat");
        await SshControlMaster.TerminateAsync(master.Path, ControlMaster.Limit);
        await connection.Ended.WaitAsync(ControlMaster.Limit);
        Assert.Equal(SshFailure.ConnectionLost, connection.EndedBy!.Failure);
        Assert.True(await Processes.WaitForEndAsync(master.ProcessId, ControlMaster.Limit));
        var gone = await Assert.ThrowsAsync<SshControlMasterException>(() => SshControlMaster.GetProcessIdAsync(master.Path, ControlMaster.Limit));
        Assert.Equal(SshControlMasterFailure.NoSocket, gone.Failure);
    }

    [Fact]
    public async Task MoreSessionsThanTheServerAllowsAreRefused()
    {
        await using var master = await ControlMaster.StartAsync(fleet, SpecialHosts.WithSessions(1, 60));
        await using var connection = await master.ConnectAsync();
        await using var first = await connection.StartAsync("cat");
        var refusal = await Assert.ThrowsAsync<SshException>(async () => await connection.OpenSessionAsync());
        Assert.Equal(SshFailure.ChannelRefused, refusal.Failure);
        Assert.Equal("the server refused a channel: open failed (connect failed)", refusal.Message);
        // Once the first has ended, there is room again. sshd counts a closed session until its next turn, so an open
        // right behind the close may still be refused; the answer to that one comes from a turn later.
        await first.SendEofAsync();
        Assert.Equal(0, (await first.ExitAsync()).ExitCode);
        await first.CloseAsync();
        SshChannel second;
        try
        {
            second = await connection.StartAsync("exit 4");
        }
        catch (SshException e) when (e.Failure is SshFailure.ChannelRefused)
        {
            second = await connection.StartAsync("exit 4");
        }
        Assert.Equal(4, (await second.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task AMasterOutlivesAConnectionThatLeavesNothingUnanswered()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var openings = Enumerable.Range(0, 20).Select(_ => connection.OpenSessionAsync(stop.Token).AsTask()).ToList();
        await stop.CancelAsync();
        foreach (var opening in openings)
        {
            // Some may have been open before the token fired.
            try
            {
                await (await opening).DisposeAsync();
            }
            catch (OperationCanceledException)
            {
            }
        }
        await connection.WaitUntilIdleAsync().WaitAsync(ControlMaster.Limit);
        Assert.Equal(0, connection.OpenChannels);
        await connection.DisposeAsync();
        await using var next = await master.ConnectAsync();
        await using var channel = await next.StartAsync("exit 5");
        Assert.Equal(5, (await channel.ExitAsync()).ExitCode);
        Assert.Equal(master.ProcessId, await SshControlMaster.GetProcessIdAsync(master.Path, ControlMaster.Limit));
    }

    [Fact]
    public async Task TwoConnectionsShareAMasterWithoutMeeting()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var one = await master.ConnectAsync();
        await using var other = await master.ConnectAsync();
        await using var left = await one.StartAsync("cat");
        await using var right = await other.StartAsync("cat");
        await left.WriteAsync("left"u8.ToArray());
        await right.WriteAsync("right"u8.ToArray());
        Assert.Equal("right", await right.ReadUntilAsync("right"));
        await one.DisposeAsync();
        Assert.True(await right.CheckAliveAsync());
        await right.SendEofAsync();
        Assert.Equal(0, (await right.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task AHundredCommandsLeaveNoChannelBehind()
    {
        await using var master = await ControlMaster.StartAsync(fleet);
        await using var connection = await master.ConnectAsync();
        for (var i = 0; i < 100; i++)
        {
            await using var channel = await connection.StartAsync($"echo {i}");
            Assert.Equal(i, int.Parse((await channel.ReadToEndAsync()).Stdout, CultureInfo.InvariantCulture));
            Assert.Equal(0, (await channel.ExitAsync()).ExitCode);
            await channel.CloseAsync();
        }
        Assert.Equal(0, connection.OpenChannels);
    }
}
