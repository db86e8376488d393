using Volley.Testing;

namespace Volley.Cli.Tests.Selection;

/// <summary>A user with a configuration of clusters, an Ansible inventory and a genders file.</summary>
internal sealed class SelectionScene : IDisposable
{
    public SelectionScene()
    {
        // Programs run only from directories that no other user can write to.
        File.SetUnixFileMode(Folder.Path, (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(Folder["volley"]);
        Folder.Write("volley/config.yaml", $$$"""
            clusters:
              web:
                nodes: ['web[1-3]', {host: web9, user: deploy, port: 2222, attributes: {rack: r2, role: web}}]
                user: ops
              db:
                nodes: ['db[1-2]', '@web&web1']
            inventories: [{{{Folder["inventory"]}}}]
            confirm_above: 3

            """);
        Folder.Write("inventory", "[app]\na1 ansible_host=10.0.0.1 rack=r1 role=app\na2 rack=r1 role=cache\na3 rack=r2 role=app\n");
        Folder.Write("genders", "g[1-3] compute,rack=r1\ng4 login,rack=r2\n");
    }

    public ScratchFolder Folder { get; } = new();

    public ProgramStart Start(params IReadOnlyList<string> arguments) => VolleyRun.Start(arguments)
        .WithVariable("XDG_CONFIG_HOME", Folder.Path)
        .WithVariable("HOME", Folder.Path)
        .WithVariable("CLUSTERSHELL_CFGDIR", Folder.Path)
        .WithVariable("PDSH_GENDERS_FILE", Folder["genders"]) with
    { WorkingDirectory = Folder.Path };

    /// <summary>The hosts of a run with these options, in the order of their ranks.</summary>
    public async Task<(string Hosts, string Stderr, int ExitCode)> SelectAsync(params IReadOnlyList<string> options)
    {
        var result = await ProgramRun.RunAsync(Start([.. options, "--transport", "exec", "--parallel", "1", "-N", "echo", "%u@%h"]));
        var own = Environment.UserName + "@";
        return (string.Join(' ', VolleyRun.Lines(result.Stdout).Select(line => line.Replace(own, "", StringComparison.Ordinal))), result.Stderr, result.ExitCode);
    }

    public Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) => ProgramRun.RunAsync(Start(arguments));

    public void Dispose() => Folder.Dispose();
}
