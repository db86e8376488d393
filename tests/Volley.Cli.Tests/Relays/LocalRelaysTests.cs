using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Relays;

/// <summary><c>--via local:N</c>: a server and relays for one run, of which nothing is left.</summary>
public sealed class LocalRelaysTests(Fleet fleet) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ARunBringsItsOwnServerAndRelays()
    {
        var before = Directories();
        var result = await ProgramRun.RunAsync(
            VolleyRun.Exec("n[1-6]", "echo $VOLLEY_RANK; tr '\\0' ' ' < /proc/$PPID/cmdline | grep -o 'local-[12]'", "--via", "local:2", "--output", "gather"),
            RelayScene.Limit);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("local-", result.Stdout, StringComparison.Ordinal);
        Assert.Empty(Directories().Except(before));
    }

    [Fact]
    public async Task RelaysOnThisMachineHaveTheFilesOfThisMachine()
    {
        var result = await ProgramRun.RunAsync(
            VolleyRun.Start("--via", "local:1", "-F", fleet.SshConfig, "-H", Fleet.Address(0), "-N", "echo over ssh"), RelayScene.Limit);
        Assert.Equal((0, "over ssh\n"), (result.ExitCode, result.Stdout));
    }

    [Fact]
    public async Task NothingIsLeftOfARunThatWasKilled()
    {
        var before = Directories();
        var begun = _folder["begun"];
        await using var run = ProgramRun.Start(VolleyRun.Exec("n1", $"echo $$ > {begun}.new; mv {begun}.new {begun}; exec sleep 600", "--via", "local:1"));
        await RelayScene.WaitForFileAsync(begun);
        var process = int.Parse(await File.ReadAllTextAsync(begun, TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        string[] files = [.. Directories().Except(before)];
        Assert.NotEmpty(files);
        // The secrets are in files that only this user can read, and on no command line.
        var password = await File.ReadAllTextAsync(Path.Combine(files[0], "password"), TestContext.Current.CancellationToken);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(files[0], "password")));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)), path => ReadCommandLine(path).Contains(password, StringComparison.Ordinal));
        run.Signal(Signals.Kill);
        await run.WaitForExitAsync(RelayScene.Limit);
        using var limit = new CancellationTokenSource(RelayScene.Limit);
        while (Directories().Intersect(files).Any() || Directory.Exists($"/proc/{process}"))
            await Task.Delay(50, limit.Token);
    }

    private static string[] Directories() => Directory.Exists(Parent) ? Directory.GetDirectories(Parent, "relays-*") : [];

    private static string Parent { get; } = $"/tmp/volley-{Interop.Accounts.EffectiveUserId()}";

    private static string ReadCommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
