using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Runs over the system's ssh, and configurations for them.</summary>
internal static class OpenSshRuns
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static int _lastFile;

    /// <summary>Runs a command at one target.</summary>
    public static async Task<NodeRun> RunAsync(
        OpenSshOptions options, Target target, string line, RunControl? control = null, Action? onOutput = null, Func<RunPlan, RunPlan>? tune = null)
    {
        await using var transport = new OpenSshTransport(options);
        var plan = new RunPlan([target], new CommandJob([line]));
        var nodes = await NodeRun.AllAsync(transport, tune?.Invoke(plan) ?? plan, control, onOutput)
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        return nodes[0];
    }

    /// <summary>A path in the fleet's folder that nothing has yet.</summary>
    public static string NewPath(this Fleet fleet, string name) => Path.Combine(fleet.Folder, $"{name}{Interlocked.Increment(ref _lastFile)}");

    /// <summary>Writes a file into the fleet's folder.</summary>
    public static string Write(this Fleet fleet, string name, string text)
    {
        var path = fleet.NewPath(name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes a file that the fleet's user can change, too.</summary>
    public static string WriteForAll(this Fleet fleet, string name, string text)
    {
        var path = fleet.Write(name, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);
        return path;
    }

    /// <summary>A configuration that says the least that is needed, and these lines before it.</summary>
    public static string Config(this Fleet fleet, string lines = "", string? knownHosts = null, string? key = null) => fleet.Write("config", $"""
        Host *
        {lines}
        Port {fleet.Port}
        User {fleet.User}
        IdentityFile {key ?? fleet.KeyPath}
        IdentitiesOnly yes
        UserKnownHostsFile {knownHosts ?? fleet.KnownHosts}
        GlobalKnownHostsFile /dev/null

        """);

    /// <summary>A new key of nobody.</summary>
    public static async Task<string> NewKeyAsync(this Fleet fleet)
    {
        var path = fleet.NewPath("key");
        Assert.Equal(0, (await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path))).ExitCode);
        return path;
    }
}
