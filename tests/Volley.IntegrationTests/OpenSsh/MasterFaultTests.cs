using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Volley.Ssh;
using Volley.Ssh.Connection;
using Volley.Ssh.Transport;
using Volley.Testing;
using Volley.Transports.Sharing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>What can befall a control master and the commands on it, on the built program where that is what matters.</summary>
public sealed class MasterFaultTests(Fleet fleet) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static int _lastMarker;

    private readonly RuntimeFolder _runtime = new();
    private readonly string _marker = $"9{Interlocked.Increment(ref _lastMarker):000}.{Environment.ProcessId}";

    public void Dispose() => _runtime.Dispose();

    [Fact]
    public async Task AMasterThatIsKilledInMidOutputIsALostConnection()
    {
        await using var run = ProgramRun.Start(Start("127.0.30.1", $"echo up; exec sleep {_marker}"));
        await run.ReadOutUntilAsync("up\n");
        await _runtime.KillMastersAsync();
        Assert.Equal(255, await run.WaitForExitAsync());
        Assert.Equal("127.0.30.1: up\n", run.Stdout.Text);
        Assert.Contains("volley: 127.0.30.1: connection lost: ", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Contains("volley: may still run: 127.0.30.1\n", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Empty(_runtime.Left);
    }

    [Fact]
    public async Task AfterALostMasterTheNextCommandLogsInAnew()
    {
        await using var run = ProgramRun.Start(Start("127.0.30.2,127.0.30.2", $"echo up; exec sleep {_marker}", "--parallel", "1"));
        await run.ReadOutUntilAsync("up\n");
        var first = Assert.Single(_runtime.Masters);
        await _runtime.KillMastersAsync();
        await run.ReadOutUntilAsync("up\n");
        Assert.NotEqual(first.Id, Assert.Single(_runtime.Masters).Id);
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task ASocketFolderThatIsRemovedHoldsNothingUp()
    {
        var gate = fleet.WriteForAll("gate", "");
        // The first two are running when the directory is removed; the others log in afterwards.
        await using var run = ProgramRun.Start(Start("127.0.30.[11-14]", $"echo up; until test -s {gate}; do sleep 0.05; done; exit 3", "--parallel", "2"));
        await run.ReadOutUntilAsync("up\n");
        await run.ReadOutUntilAsync("up\n");
        Directory.Delete(_runtime.Sockets, recursive: true);
        await File.WriteAllTextAsync(gate, "x", TestContext.Current.CancellationToken);
        Assert.Equal(3, await run.WaitForExitAsync());
        Assert.EndsWith("volley: 4 of 4 failed\nexit 3: 127.0.30.[11-14]\n", run.Stderr.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", run.Stderr.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerThatNeverClosesTheChannelDoesNotHoldTheNode()
    {
        await using var server = new ScriptedServer(isAlive: true);
        var nodes = await NodeRun.AllAsync(server, new RunPlan([new Target("h")], CommandJob.Shell("true")))
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        var result = nodes[0].Result;
        Assert.Equal((NodeOutcome.Exited, 7, "out", true), (result.Outcome, result.ExitCode, nodes[0].Stdout, result.OutputMayBeIncomplete));
    }

    [Fact]
    public async Task AServerThatIsSilentAfterTheExitIsALostConnection()
    {
        await using var server = new ScriptedServer(isAlive: false);
        var nodes = await NodeRun.AllAsync(server, new RunPlan([new Target("h")], CommandJob.Shell("true")))
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal((NodeOutcome.ConnectionLost, "out"), (nodes[0].Result.Outcome, nodes[0].Stdout));
    }

    [Fact]
    public async Task WhatACommandLeavesBehindHoldsNothingUp()
    {
        var result = await ProgramRun.RunAsync(Start("127.0.30.3", $"sleep {_marker} & echo started; exit 6"));
        Assert.Equal((6, "127.0.30.3: started\n"), (result.ExitCode, result.Stdout));
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(15), $"{result.Elapsed}");
        Assert.NotEmpty(fleet.RemoteProcesses($"sleep {_marker}"));
    }

    [Fact]
    public async Task ABlockedReaderStopsTheRemoteWritersAndMemoryStaysFlat()
    {
        const int Hosts = 64;
        var begins = fleet.NewPath("begins");
        await using var begun = ProgramRun.Start(ProgramStart.Shell($"mkfifo -m 666 {begins}; echo made; exec cat <>{begins}"));
        await begun.ReadOutUntilAsync("made\n");
        var marker = $"line-{Environment.ProcessId}";
        await using var run = ProgramRun.Start(Start(
            $"127.0.31.[1-{Hosts}]", $"echo >{begins}; exec yes {marker}", "--connect-timeout", "60")
            with
        { HoldStdout = true });
        for (var i = 0; i < Hosts; i++)
            await begun.ReadOutUntilAsync("\n", Limit);
        var writers = fleet.RemoteProcesses(marker);
        // The last shells may have yet to become writers.
        for (var limit = Stopwatch.StartNew(); writers.Count < Hosts && limit.Elapsed < Limit; writers = fleet.RemoteProcesses(marker))
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(Hosts, writers.Count);

        // The writers are blocked when several looks see the same.
        const int Quiet = 5;
        var (written, unchanged) = (-1L, 0);
        while (unchanged < Quiet)
        {
            var now = writers.Sum(Written);
            unchanged = now == written ? unchanged + 1 : 0;
            written = now;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
            Assert.Equal("", run.Stderr.Text);
        }

        var peak = StatusOf(run.ProcessId, "VmHWM:");
        Assert.True(peak < 150 * 1024, string.Create(CultureInfo.InvariantCulture, $"{peak / 1024} MB for {written >> 20} MB"));
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync(Limit));
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(marker, Limit));
    }

    [Fact]
    public async Task ManyTargetsAtOnce()
    {
        var hosts = TestRun.IsLong ? "127.0.32.[1-150],127.0.33.[1-150]" : "127.0.32.[1-120]";
        var result = await ProgramRun.RunAsync(
            Start(hosts, "echo in", "--parallel", "300", "--connect-timeout", "120", "-q"), TimeSpan.FromSeconds(180));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(
            HostList.Parse(hosts).Select(host => $"{host.Host}: in").Order(StringComparer.Ordinal),
            result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Equal("", result.Stderr);
        Assert.Empty(await _runtime.MastersAfterAsync(TimeSpan.FromSeconds(5)));
        Assert.Empty(_runtime.Left);
    }

    /// <summary>What a process has written since it began.</summary>
    private static long Written(ProcessEntry process)
    {
        var line = File.ReadLines($"/proc/{process.Id}/io").First(line => line.StartsWith("wchar:", StringComparison.Ordinal));
        return long.Parse(line["wchar:".Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>A field of proc(5)'s status, in kB.</summary>
    private static long StatusOf(int processId, string field)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..^"kB".Length], CultureInfo.InvariantCulture);
    }

    private ProgramStart Start(string hosts, string line, params string[] options) =>
        _runtime.For(ProgramStart.Volley(["--output", "stream", "--transport", "openssh", .. options, "-F", fleet.SshConfig, "-H", hosts, line]));

    /// <summary>A server that runs a command, says how it ended, and never closes the channel.</summary>
    private sealed class ScriptedServer : ITransport, ISession, IPacketStream
    {
        private readonly Channel<byte[]> _answers = Channel.CreateUnbounded<byte[]>();
        private readonly SharedConnection _connection;
        private readonly bool _isAlive;

        /// <param name="isAlive">Whether it answers keepalives after the command's end.</param>
        public ScriptedServer(bool isAlive)
        {
            _isAlive = isAlive;
            var options = new SshConnectionOptions { KeepAliveInterval = TimeSpan.FromMilliseconds(isAlive ? 5000 : 50) };
            _connection = new SharedConnection(new SshConnection(this, options), software: null, endReason: () => null);
        }

        public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken) => new(this);

        public ValueTask PingAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask<IRemoteProcess> StartAsync(CommandJob command, CancellationToken cancellationToken)
        {
            var channel = await _connection.OpenSessionAsync(new ConnectLimit(Limit, TimeProvider.System), cancellationToken);
            await channel.ExecAsync(command.CommandLine, cancellationToken: cancellationToken);
            return new ChannelProcess(_connection, channel, terminal: null);
        }

        public uint? LastSequenceNumber => null;

        public long ReceivedBytes => 0;

        public bool TryRead(out ReadOnlyMemory<byte> message)
        {
            var has = _answers.Reader.TryRead(out var next);
            message = next;
            return has;
        }

        public void Flush()
        {
            // Every message arrives when it is written.
        }

        public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken) => await _answers.Reader.ReadAsync(cancellationToken);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
            // RFC 4254: 90 opens and 91 confirms, 98 requests and 99 succeeds, 94 is data. Our channel is 0, theirs 5.
            if (message.Span[0] == 90)
                Answer([91, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0x80, 0]);
            else if (message.Span[0] == 98 && message.Span[5..].IndexOf("exec"u8) >= 0)
                Answer([99, 0, 0, 0, 0], [94, 0, 0, 0, 0, 0, 0, 0, 3, .. "out"u8], [98, 0, 0, 0, 0, 0, 0, 0, 11, .. "exit-status"u8, 0, 0, 0, 0, 7]);
            else if (_isAlive && message.Span[0] == 98 && message.Span[5..].IndexOf("keepalive"u8) >= 0)
                Answer([100, 0, 0, 0, 0]);
            return ValueTask.CompletedTask;
        }

        // The session and the packet stream are disposed by their users.
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Answer(params byte[][] messages)
        {
            foreach (var message in messages)
                _answers.Writer.TryWrite(message);
        }
    }
}
