using Volley.Ssh;
using Volley.Testing;

namespace Volley.Cli.Tests;

/// <summary>Runs that share connections with each other only: their control sockets are in a separate directory.</summary>
internal sealed class KeptRuns(Fleet fleet) : IAsyncDisposable
{
    // Below /tmp whatever TMPDIR is: a socket's path is short.
    private readonly string _folder = Directory.CreateDirectory($"/tmp/volley-kept-{Guid.NewGuid():n}"[..24]).FullName;

    public string Sockets => Path.Combine(_folder, "volley");

    public ProgramStart Start(params IReadOnlyList<string> arguments) =>
        VolleyRun.Start(arguments).WithVariable("XDG_RUNTIME_DIR", _folder);

    public ProgramStart StartOn(string hosts, params IReadOnlyList<string> arguments) =>
        Start(["-F", fleet.SshConfig, "-H", hosts, .. arguments]);

    public Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) => ProgramRun.RunAsync(Start(arguments), TimeSpan.FromSeconds(60));

    public Task<ProgramResult> RunOnAsync(string hosts, params IReadOnlyList<string> arguments) =>
        ProgramRun.RunAsync(StartOn(hosts, arguments), TimeSpan.FromSeconds(60));

    /// <summary>The lines of <c>volley connections</c>, each as its fields.</summary>
    public async Task<IReadOnlyList<string[]>> ListAsync()
    {
        var list = await RunAsync("connections");
        return list is { ExitCode: 0, Stderr: "" }
            ? [.. VolleyRun.Lines(list.Stdout).Select(line => line.Split('\t'))]
            : throw new InvalidOperationException(list.ToString());
    }

    /// <summary>The one kept connection: its socket and the process that holds it.</summary>
    public async Task<(string Socket, int ProcessId)> OnlyMasterAsync()
    {
        var socket = (await ListAsync()).Single()[^1];
        return (socket, await SshControlMaster.GetProcessIdAsync(socket, Transcript.DefaultLimit));
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("connections", "--close");
        Directory.Delete(_folder, recursive: true);
    }
}
