using Volley.Relay.Tests;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Relays;

/// <summary>A NATS server with a user, a key that may sign, and relays of the built program.</summary>
public sealed class RelayScene : IAsyncLifetime
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private const string User = "ann";
    private readonly List<ProgramRun> _relays = [];
    private readonly ScratchFolder _folder = new();
    private NatsServer? _server;

    /// <summary>A path in the directory of the scene.</summary>
    public string this[string name] => _folder[name];

    public string Url => _server!.Url;

    /// <summary>The options that reach the server.</summary>
    public string[] Server => ["--server", Url, "--insecure", "--nats-user", User, "--nats-password-file", _folder["password"]];

    /// <summary>The options of a run over the relays of a group.</summary>
    public string[] Via(string group) => ["--via", group, .. Server, "--sign-with", _folder["key"]];

    public async ValueTask InitializeAsync()
    {
        _server = await NatsServer.StartAsync($$"""authorization { user: "{{User}}", password: "top-secret" }""");
        WritePrivate("password", "top-secret\n");
        WritePrivate("wrong-password", "guess\n");
        await SshKeygen.GenerateAsync(_folder["key"]);
        await SshKeygen.GenerateAsync(_folder["other-key"]);
        _folder.Write("signers", $"ann namespaces=\"volley-job\" {await File.ReadAllTextAsync(_folder["key.pub"])}");
    }

    /// <summary>Writes a file that only this user can read.</summary>
    public void WritePrivate(string name, string text) => File.SetUnixFileMode(_folder.Write(name, text), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>Starts a relay, and waits until it takes targets.</summary>
    public async Task<ProgramRun> StartRelayAsync(string group, string name, params string[] options)
    {
        var relay = ProgramRun.Start(VolleyRun.Start(
            ["relay", .. Server, "--group", group, "--name", name, "--allowed-signers", _folder["signers"], "--state-dir", _folder[$"state-{name}"], .. options]));
        _relays.Add(relay);
        await relay.ReadErrUntilAsync($"READY {name}\n", Limit);
        return relay;
    }

    /// <summary>Runs a shell line as a local process of the relays for each host.</summary>
    public ProgramStart Exec(string group, string hosts, string line, params string[] options) =>
        VolleyRun.Start([.. Via(group), .. options, "--transport", "exec", "-H", hosts, "sh", "-c", line]);

    public Task<ProgramResult> ExecAsync(string group, string hosts, string line, params string[] options) =>
        ProgramRun.RunAsync(Exec(group, hosts, line, options), Limit);

    public static Task<ProgramResult> RunAsync(params string[] arguments) => ProgramRun.RunAsync(VolleyRun.Start(arguments), Limit);

    /// <summary>Returns whether a file of the server has a text.</summary>
    public bool IsStored(string text) => Directory.EnumerateFiles(_server!.Folder, "*", SearchOption.AllDirectories)
        .Any(file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)).Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until a file or a directory exists.</summary>
    public static async Task WaitForFileAsync(string path, bool isDirectory = false)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!(isDirectory ? Directory.Exists(path) : File.Exists(path)))
            await Task.Delay(50, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in _relays)
            await relay.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }
}
