using Volley.Testing;

namespace Volley.Ssh.UnitTests.Config;

/// <summary>Asks the installed ssh what a configuration means.</summary>
internal sealed class SshOracle : IDisposable
{
    private static readonly Lazy<Task<ILookup<string, string>>> Defaults = new(async () =>
        Parse((await RunAsync("/", ["-F", "none", "-G", "foo"]).ConfigureAwait(false)).Stdout));

    private static readonly Lazy<Task<string>> IntervalInBatchMode = new(async () =>
        Parse((await RunAsync("/", ["-F", "none", "-oBatchMode=yes", "-G", "foo"]).ConfigureAwait(false)).Stdout)["serveraliveinterval"].Single());

    private readonly string _folder = Directory.CreateTempSubdirectory("volley-config-").FullName;

    public string ConfigFile => Path.Combine(_folder, "config");

    public SshConfigFiles Files => new()
    {
        OnlyFile = ConfigFile,
        MayHaveKerberosTicket = true,
        Variable = name => name == "HOME" ? _folder : Environment.GetEnvironmentVariable(name),
    };

    /// <summary>What ssh says of a host without any configuration.</summary>
    public static Task<ILookup<string, string>> DefaultsAsync() => Defaults.Value;

    /// <summary>ServerAliveInterval where BatchMode is all that is configured: Debian's ssh asks every 300 s then.</summary>
    public static Task<string> IntervalInBatchModeAsync() => IntervalInBatchMode.Value;

    /// <summary>All algorithms of a kind that ssh knows: a topic of <c>ssh -Q</c>.</summary>
    public static async Task<string[]> SupportedAsync(string topic) =>
        (await RunAsync("/", ["-Q", topic]).ConfigureAwait(false)).Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Writes the files and asks ssh; the text {home} in them is their folder.</summary>
    /// <returns>Its values by key; null and its complaint if ssh refuses.</returns>
    public async Task<(ILookup<string, string>? Values, string Complaint)> ResolveAsync(ConfigCase asked)
    {
        Write("config", asked.Config);
        foreach (var (path, text) in asked.Files)
            Write(path, text);
        var result = await RunAsync(_folder, ["-F", ConfigFile, .. Arguments(asked.Overrides), "-G", "--", asked.Host]).ConfigureAwait(false);
        return (result.ExitCode == 0 ? Parse(result.Stdout) : null, result.Stderr);
    }

    public string Fill(string text) => text.Replace("{home}", _folder, StringComparison.Ordinal);

    public SshOverrides Fill(SshOverrides overrides) => overrides with
    {
        IdentityFiles = [.. overrides.IdentityFiles.Select(Fill)],
        Directives = [.. overrides.Directives.Select(Fill)],
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string path, string text)
    {
        string file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, Fill(text));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private IEnumerable<string> Arguments(SshOverrides overrides)
    {
        overrides = Fill(overrides);
        if (overrides.User is { } user)
            yield return $"-l{user}";
        if (overrides.Port is { } port)
            yield return $"-p{port}";
        foreach (string identity in overrides.IdentityFiles)
            yield return $"-i{identity}";
        if (overrides.ProxyJump is { } jump)
            yield return $"-J{jump}";
        foreach (string option in overrides.Directives)
            yield return $"-o{option}";
    }

    private static Task<ProgramResult> RunAsync(string home, IReadOnlyList<string> arguments) =>
        ProgramRun.RunAsync(new ProgramStart("ssh", arguments) { Environment = new Dictionary<string, string?> { ["HOME"] = home, ["LC_ALL"] = "C" } });

    private static ILookup<string, string> Parse(string output) => output
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ', 2))
        .ToLookup(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "");
}
