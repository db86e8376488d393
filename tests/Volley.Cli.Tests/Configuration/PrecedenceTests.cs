using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>Each place that sets an option precedes the next: command line, environment, profile, cluster, user, system, ssh_config, built in.</summary>
public sealed class PrecedenceTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public PrecedenceTests()
    {
        Write("user/volley/config.yaml", """
            defaults: { port: 2205, parallel: 5 }
            profiles: { p: { port: 2203, parallel: 3 } }
            clusters:
              web: { nodes: [w1, { host: w2, port: 2222 }, 'w3:2223'], port: 2204, parallel: 4 }

            """);
        Write("system/config.yaml", "defaults: { port: 2206, parallel: 6 }\n");
        Write("clusters.yaml", "clusters: { web: { nodes: [w1] } }\n");
        Write("ssh_config", "Port 2207\n");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2201, "-p 2201 --profile p -C web", "2202")]
    [InlineData(2202, "--profile p -C web", "2202")]
    [InlineData(2203, "--profile p -C web", null)]
    [InlineData(2204, "-C web", null)]
    [InlineData(2205, "-H w1", null)]
    [InlineData(2207, "--config clusters.yaml -C web", null)]
    [InlineData(22, "--config clusters.yaml -F none -C web", null)]
    // A place of lower precedence is the next one, also where another lies between them.
    [InlineData(2201, "-p 2201 -H w1", null)]
    [InlineData(2202, "-H w1", "2202")]
    [InlineData(2203, "--profile p -H w1", null)]
    [InlineData(2204, "-H @web&w1", null)]
    public async Task AConnectionHasThePortOfTheFirstPlace(int port, string options, string? variable)
    {
        var config = options.Contains("-F", StringComparison.Ordinal) ? options : $"{options} -F ssh_config";
        var start = Start([.. config.Split(' '), "--dry-run", "true"]);
        var result = await ProgramRun.RunAsync(variable is null ? start : start.WithVariable("VOLLEY_PORT", variable));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Matches($@"(?m)^w1  native  \S+@w1:{port}$", result.Stdout);
    }

    [Theory]
    [InlineData("-C web", "w1:2204 w2:2222 w3:2223")]
    [InlineData("-C web --profile p", "w1:2203 w2:2203 w3:2203")]
    [InlineData("-C web -p 2201", "w1:2201 w2:2201 w3:2201")]
    [InlineData("-H @web,w4", "w1:2204 w2:2222 w3:2223 w4:2205")]
    public async Task ANodePrecedesItsCluster(string options, string routes)
    {
        var result = await ProgramRun.RunAsync(Start([.. options.Split(' '), "-F", "none", "--dry-run", "true"]));
        Assert.Equal(routes, string.Join(' ', VolleyRun.Lines(result.Stdout).Skip(2).Select(line => line.Split('@')[1])));
    }

    [Theory]
    [InlineData("-C web --profile p --parallel 1", "1", "command line", "2")]
    [InlineData("-C web --profile p", "2", "VOLLEY_PARALLEL", "2")]
    [InlineData("-C web --profile p", "3", "profile p, USER line 2", null)]
    [InlineData("-C web", "4", "cluster web, USER line 4", null)]
    [InlineData("-H @web", "5", "USER line 1", null)]
    [InlineData("--config clusters.yaml -C web", "64", "built in", null)]
    public async Task ConfigShowsTheFirstPlace(string options, string value, string origin, string? variable)
    {
        var start = Start(["config", .. options.Split(' ')]);
        var result = await ProgramRun.RunAsync(variable is null ? start : start.WithVariable("VOLLEY_PARALLEL", variable));
        Assert.Matches($"(?m)^parallel +{value} +{origin.Replace("USER", _folder["user/volley/config.yaml"], StringComparison.Ordinal)}$", result.Stdout);
    }

    [Theory]
    [InlineData("user", 2205)]
    [InlineData("nothing", 2206)]
    public async Task TheSystemsFileIsBetweenTheUsersAndSshConfig(string directory, int port)
    {
        var start = SystemFiles.Start(_folder["system"], "-F", _folder["ssh_config"], "-H", "w1", "--dry-run", "true") with { Environment = Start([]).Environment };
        var result = await ProgramRun.RunAsync(start.WithVariable("XDG_CONFIG_HOME", _folder[directory]), TimeSpan.FromSeconds(60));
        Assert.Equal(0, result.ExitCode);
        Assert.Matches($@"(?m)^w1  native  \S+@w1:{port}$", result.Stdout);
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.SetUnixFileMode(_folder.Write(path, text), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private ProgramStart Start(string[] arguments) =>
        VolleyRun.Start(arguments).WithVariable("XDG_CONFIG_HOME", _folder["user"]).WithVariable("CLUSTERSHELL_CFGDIR", _folder.Path) with { WorkingDirectory = _folder.Path };
}
