using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>Control sockets are this user's alone; where they can't be, the program says so and goes on without.</summary>
public sealed class PrivateSocketTests(Fleet fleet) : IDisposable
{
    private readonly RuntimeFolder _runtime = new();
    private readonly ScratchFolder _folder = new();

    public void Dispose()
    {
        _runtime.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task AFolderThatOthersMayUseIsNamedOnce()
    {
        _runtime.Open();
        AssertPlain(await RunAsync("--transport", "openssh"), $"other users may use {_runtime.Sockets}; run: chmod 700 {_runtime.Sockets}");
    }

    [Fact]
    public async Task SoIsWhatIsNoFolder()
    {
        Directory.CreateDirectory(_folder["elsewhere"]);
        File.CreateSymbolicLink(_runtime.Sockets, _folder["elsewhere"]);
        AssertPlain(await RunAsync("--transport", "openssh", "-q"), $"{_runtime.Sockets} is not a directory; remove it");
    }

    [Fact]
    public async Task SoIsOneOfAnotherUser()
    {
        await AsOtherUserAsync("chown", $"{fleet.User}", MakeSockets());
        var owner = (await ProgramRun.RunAsync(new ProgramStart("id", "-u", fleet.User))).Stdout.Trim();
        AssertPlain(
            await RunAsync("--transport", "openssh"),
            $"{_runtime.Sockets} belongs to another user (number {owner}); set XDG_RUNTIME_DIR to a directory of your own");
    }

    [Fact]
    public async Task ARuntimeDirectoryOfAnotherUserIsNotUsed()
    {
        await AsOtherUserAsync("chown", fleet.User, _runtime.Path);
        var result = await RunAsync("--transport", "openssh", "-v");
        Assert.Contains("a new master at /tmp/volley-0/run-", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(_runtime.Left);
    }

    [Fact]
    public async Task AControlSocketOfAnotherUserGetsNothing()
    {
        var socket = _folder["control"];
        Assert.SkipUnless(Environment.UserName == "root", "only root can serve a socket as another user");
        await using var server = ProgramRun.Start(new ProgramStart("runuser", "-u", fleet.User, "--", "perl", "-MIO::Socket::UNIX", "-e", $$"""
            $| = 1; my $s = IO::Socket::UNIX->new(Local => "{{socket}}", Listen => 5); chmod 0777, "{{socket}}"; print "ready\n";
            while (my $c = $s->accept) { print "[", sysread($c, my $b, 1), "]\n" }
            """));
        await server.ReadOutUntilAsync("ready\n");
        var config = new FleetConfig(fleet) { Lines = [$"ControlPath {socket}"] }.Write();
        var result = await ProgramRun.RunAsync(_runtime.For(VolleyRun.Start("-F", config, "-H", "127.0.46.5", "echo here")));
        Assert.Equal((0, "127.0.46.5: here\n"), (result.ExitCode, result.Stdout));
        Assert.Contains($"volley: 127.0.46.5: {socket}: this control socket is served by another user (number ", result.Stderr, StringComparison.Ordinal);
        // It was connected to, and nothing came.
        await server.ReadOutUntilAsync("[0]\n");
        Assert.DoesNotContain("[1]", server.Stdout.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nonexistent/directory")]
    [InlineData("/proc")]
    public async Task NoTemporaryDirectoryIsNeeded(string directory)
    {
        var result = await ProgramRun.RunAsync(Start("--transport", "openssh").WithVariable("TMPDIR", directory));
        Assert.Equal((0, "127.0.46.1: here\n127.0.46.2: here\n", ""), (result.ExitCode, string.Concat(VolleyRun.Lines(result.Stdout).Order().Select(line => line + "\n")), result.Stderr));
    }

    private static void AssertPlain(ProgramResult result, string reason)
    {
        Assert.Equal((0, 2), (result.ExitCode, VolleyRun.Lines(result.Stdout).Length));
        Assert.Equal(
            "volley: no directory for control sockets: each command has its own ssh, no connection is kept, and stopped commands may still run: "
            + $"{reason}\n",
            VolleyRun.WithoutTotals(result.Stderr));
    }

    private static async Task AsOtherUserAsync(params string[] command)
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a directory away");
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart(command[0], command[1..]))).ExitCode);
    }

    private string MakeSockets() => Directory.CreateDirectory(_runtime.Sockets).FullName;

    private ProgramStart Start(params string[] options) =>
        _runtime.For(VolleyRun.Start(["-F", fleet.SshConfig, "-H", "127.0.46.[1-2]", .. options, "echo here"]));

    private Task<ProgramResult> RunAsync(params string[] options) => ProgramRun.RunAsync(Start(options));
}
