using System.Diagnostics;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>What a run of the built program leaves of its control masters: nothing, however it ends.</summary>
public sealed class MasterTracesTests(Fleet fleet) : IDisposable
{
    private const string Hosts = "127.0.29.[1-3]";

    /// <summary>A master that was told to end does so at once; one that was not would live twice as long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static int _lastMarker;

    private readonly RuntimeFolder _runtime = new();
    private readonly string _marker = $"8{Interlocked.Increment(ref _lastMarker):000}.{Environment.ProcessId}";

    public void Dispose() => _runtime.Dispose();

    [Theory]
    [InlineData("true", 0)]
    [InlineData("exit 3", 3)]
    public async Task NothingIsLeftAfterANormalEnd(string line, int code)
    {
        var result = await ProgramRun.RunAsync(Start(line));
        Assert.True(code == result.ExitCode, result.ToString());
        await AssertNothingLeftAsync();
    }

    [Theory]
    [InlineData(Signals.Interrupt, 130)]
    [InlineData(Signals.Terminate, 143)]
    [InlineData(Signals.HangUp, 129)]
    public async Task NothingIsLeftAfterASignal(int signal, int code)
    {
        await using var run = await StartedAsync("-b");
        run.Signal(signal);
        Assert.Equal(code, await run.WaitForExitAsync());
        Assert.DoesNotContain("may still run", run.Stderr.Text, StringComparison.Ordinal);
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task NothingIsLeftAfterATimeout()
    {
        var result = await ProgramRun.RunAsync(Start($"sleep {_marker} & wait", "--timeout", "1"));
        Assert.True(result.ExitCode == 124, result.ToString());
        Assert.DoesNotContain("may still run", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task NothingIsLeftAfterFailFast()
    {
        // The second one fails once it finds the others running.
        var up = fleet.WriteForAll("up", "");
        var result = await ProgramRun.RunAsync(Start(
            $"set -- $SSH_CONNECTION; if [ $3 = 127.0.29.2 ]; then until [ $(wc -l <{up}) = 2 ]; do sleep 0.05; done; exit 5; fi; "
                + $"echo >>{up}; exec sleep {_marker}",
            "-k"));
        Assert.True(result.ExitCode == 5, result.ToString());
        Assert.DoesNotContain("may still run", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(await fleet.RemoteProcessesAfterAsync($"sleep {_marker}", Limit));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task NothingIsLeftWhenTheReaderLeaves()
    {
        await using var run = ProgramRun.Start(Start($"exec yes {_marker}"));
        await run.ReadOutUntilAsync(_marker);
        run.CloseStdout();
        Assert.Equal(141, await run.WaitForExitAsync());
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task NothingIsLeftOfLoginsThatAStopFound()
    {
        using var server = new SilentServer("127.0.29.9");
        await using var run = ProgramRun.Start(_runtime.For(ProgramStart.Volley(
            "--transport", "openssh", "-F", fleet.SshConfig, "-H", $"{server.Address}:{server.Port},{Hosts}", $"exec sleep {_marker}")));
        await server.WaitForConnectionAsync();
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync());
        Assert.Empty(await fleet.RemoteProcessesAfterAsync(_marker, Limit));
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task AStopAtAnyTimeOfALoginLeavesNothing()
    {
        // The time at which it strikes differs with the machine; any of them will do.
        for (var i = 0; i < 20; i++)
        {
            await using var run = ProgramRun.Start(Start("true"));
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < TimeSpan.FromMilliseconds(15 * i) && !run.Exit.IsCompleted)
                await Task.Yield();
            run.Signal(Signals.Terminate);
            Assert.True(await run.WaitForExitAsync() is 143 or 0, run.Stderr.Text);
            await AssertNothingLeftAsync();
        }
    }

    [Fact]
    public async Task MastersAndSocketsGoSoonAfterTheProgramWasKilled()
    {
        await using (var run = await StartedAsync())
        {
            Assert.Equal(3, _runtime.Masters.Count);
            run.Signal(Signals.Kill);
            Assert.Equal(128 + Signals.Kill, await run.WaitForExitAsync());
        }

        // They would wait for their commands to end, which sleep for hours.
        Assert.Empty(await _runtime.MastersAfterAsync(TimeSpan.FromSeconds(30)));
        Assert.Empty(_runtime.Left);
        // A command without a terminal outlives its connection.
        Assert.Equal(3, fleet.RemoteProcesses(_marker).Count(process => process.CommandLine == $"sleep {_marker}"));
    }

    [Fact]
    public async Task AMasterThatHangsHoldsNothingUpAndEndsOnceItHears()
    {
        await using var run = await StartedAsync("-b");
        var hanging = _runtime.Masters[0];
        RuntimeFolder.Signal(hanging, Signals.Stop);
        run.Signal(Signals.Interrupt);
        Assert.Equal(130, await run.WaitForExitAsync());
        Assert.Matches(@"volley: may still run: 127\.0\.29\.[1-3]\n", run.Stderr.Text);
        Assert.Contains(hanging.Id, _runtime.Masters.Select(master => master.Id));
        RuntimeFolder.Signal(hanging, Signals.Continue);
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task TheSocketsOfMastersThatCrashedGoSoonAfterTheProgramWasKilled()
    {
        await CrashAsync();
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task WhatACrashLeftIsRemovedByTheNextRun()
    {
        await CrashAsync(withGuard: true);
        Assert.Equal(3, _runtime.Left.Count);
        Assert.Equal(0, (await ProgramRun.RunAsync(Start("true"))).ExitCode);
        await AssertNothingLeftAsync();
    }

    [Theory]
    [InlineData("mkdir -m 755 volley")]
    [InlineData("mkdir -m 770 volley")]
    [InlineData("mkdir -m 700 other; ln -s other volley")]
    [InlineData("mkdir -m 700 volley; chown 65534 volley")]
    [InlineData("touch volley; chmod 600 volley")]
    public async Task AFolderThatIsNotOursAloneIsNotUsed(string line)
    {
        if (line.Contains("chown", StringComparison.Ordinal) && !Environment.IsPrivilegedProcess)
            Assert.Skip("only root can change the owner of a directory");
        Assert.Equal(0, (await ProgramRun.RunAsync(ProgramStart.Shell(line) with { WorkingDirectory = _runtime.Path })).ExitCode);
        var before = Contents();

        var result = await ProgramRun.RunAsync(Start("kill -TERM $$", "-v"));

        // A plain ssh for each command serves as well, but for the signal.
        Assert.True(result.ExitCode == 255, result.ToString());
        Assert.Matches($"(?m)an ssh for each command, without control masters: .*{_runtime.Sockets}", result.Stderr);
        Assert.Empty(_runtime.Masters);
        Assert.Equal(before, Contents());
    }

    private string[] Contents() => [.. Directory.GetFileSystemEntries(_runtime.Path, "*", SearchOption.AllDirectories).Order()];

    private ProgramStart Start(string line, params string[] options) =>
        _runtime.For(ProgramStart.Volley(["--transport", "openssh", .. options, "-F", fleet.SshConfig, "-H", Hosts, line]));

    /// <summary>A run whose commands all run.</summary>
    private async Task<ProgramRun> StartedAsync(params string[] options)
    {
        var run = ProgramRun.Start(Start($"sleep {_marker} & echo up; wait", ["--output", "stream", .. options]));
        for (var i = 0; i < 3; i++)
            await run.ReadOutUntilAsync(": up\n");
        return run;
    }

    /// <summary>A run that is killed after its masters were, and perhaps after the shell that would look after them.</summary>
    private async Task CrashAsync(bool withGuard = false)
    {
        await using var run = await StartedAsync();
        Assert.Equal(3, _runtime.Left.Count);
        // Halted, so that it does not see its masters' end.
        run.Signal(Signals.Stop);
        if (withGuard)
            RuntimeFolder.Signal(Assert.Single(_runtime.Guards), Signals.Kill);
        await _runtime.KillMastersAsync();
        run.Signal(Signals.Kill);
        await run.WaitForExitAsync();
    }

    private async Task AssertNothingLeftAsync()
    {
        Assert.Empty(await _runtime.MastersAfterAsync(Limit));
        // Where there is one still, it removes what a master left that crashed, as some versions do when they are told to end.
        foreach (var guard in _runtime.Guards)
            await Processes.WaitForEndAsync(guard.Id, Limit);
        Assert.Empty(_runtime.Left);
    }
}
