using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Stopping;

/// <summary>What a stopped command leaves behind is named, also where it holds no stream; what has ended is not.</summary>
public sealed class StopSurvivorTests(Fleet fleet) : IAsyncLifetime
{
    private static int _last;

    private readonly string _marker = $"83.{Environment.ProcessId}{Interlocked.Increment(ref _last):000}";
    private readonly string _begins = Path.Combine(fleet.Folder, "home", $"begins-{Guid.NewGuid():N}");
    private ProgramRun? _begun;

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("exec")]
    public async Task WhatOutlivesAStopIsNamed(string transport)
    {
        // A session of its own; a process group of its own; one that ignores TERM; one that has left the command's session before the stop.
        string[] lines = ["setsid JOB & wait", "timeout 100 setsid JOB; :", "(trap '' TERM; setsid JOB & wait); :", "(setsid JOB &); sleep 83"];
        foreach (var errors in await StopAsync(transport, lines))
            Assert.Contains("volley: may still run: 127.0.97.1\n", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    [InlineData("exec")]
    public async Task WhatHasEndedIsNotNamed(string transport)
    {
        foreach (var errors in await StopAsync(transport, ["exec JOB", "JOB; :", "sleep 83 & JOB; :"]))
            Assert.DoesNotContain("may still run", errors, StringComparison.Ordinal);
        Assert.Empty(Processes.WithCommandLine(_marker));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("openssh")]
    public async Task WhatOutlivesAStopIsNamedWhereTheSearchBeginsLate(string transport)
    {
        // The search counts a delay of two seconds in, and finds out about a longer one.
        using var folder = new ScratchFolder();
        var login = folder.Write("login", $"[ ! -e {folder["slow"]} ] || sleep 4\nexec sh -c \"$SSH_ORIGINAL_COMMAND\"\n");
        await using var slow = await Fleet.StartAsync($"ForceCommand=/bin/sh {login}");
        await using var run = ProgramRun.Start(VolleyRun.Start(
            [.. VolleyRun.Over(transport, slow), "-H", "127.0.97.2", $"echo up; exec >/dev/null 2>&1; setsid sleep {_marker} & wait"]));
        await run.ReadOutUntilAsync("up\n");
        folder.Write("slow", "");
        run.Signal(Signals.Terminate);
        Assert.Equal(143, await run.WaitForExitAsync());
        Assert.Contains("volley: may still run: 127.0.97.2\n", run.Stderr.Text, StringComparison.Ordinal);
    }

    public async ValueTask InitializeAsync()
    {
        // The fleet's user writes there, too.
        _begun = ProgramRun.Start(ProgramStart.Shell($"mkfifo -m 666 {_begins}; echo made; exec cat <>{_begins}"));
        await _begun.ReadOutUntilAsync("made\n");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var survivor in Processes.WithCommandLine(_marker))
            Processes.Kill(survivor.Id);
        await _begun!.DisposeAsync();
    }

    /// <summary>Stops a run of each line once its job has begun; returns what each run wrote on standard error.</summary>
    private async Task<string[]> StopAsync(string transport, string[] lines)
    {
        var job = $"sh -c \"echo begun >{_begins}; exec sleep {_marker}\"";
        var runs = lines.Select(line => Start(transport, $"exec >/dev/null 2>&1; {line.Replace("JOB", job, StringComparison.Ordinal)}")).ToArray();
        foreach (var _ in runs)
            await _begun!.ReadOutUntilAsync("begun\n");
        foreach (var run in runs)
            run.Signal(Signals.Terminate);
        foreach (var run in runs)
        {
            Assert.Equal(143, await run.WaitForExitAsync());
            await run.DisposeAsync();
        }

        return [.. runs.Select(run => run.Stderr.Text)];
    }

    private ProgramRun Start(string transport, string line)
    {
        string[] command = transport == "exec" ? ["sh", "-c", line] : [line];
        return ProgramRun.Start(VolleyRun.Start([.. VolleyRun.Over(transport, fleet), "-H", "127.0.97.1", .. command]));
    }
}
