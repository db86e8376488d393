using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary>The commands in docs/guides/copying.md.</summary>
public sealed class OtherToolsTests(SftpFleet fleet) : IClassFixture<SftpFleet>
{
    /// <summary>Each row of the table, and what its command leaves: files at the target, and local ones.</summary>
    public static TheoryData<string, string, string> Commands => new()
    {
        { "volley push -H 'web[1-3]' app.conf /srv/app/", "app.conf app.log", "" },
        { "volley push -H 'web[1-3]' conf.d /srv/app", "app.log conf.d conf.d/a", "" },
        { "volley push -H 'web[1-3]' -x web2 --parallel 8 app.conf /srv/app", "app.conf app.log", "" },
        { "volley pull -H 'web[1-3]' /srv/app/app.log 'logs/{name}.{host}'", "app.log", "app.log.HOST1 app.log.HOST2 app.log.HOST3" },
        { "volley push -H 'web[1-3]' app.conf /srv/app", "app.conf app.log", "" },
        { "volley push -H ^hosts app.conf /srv/app/", "app.conf app.log", "" },
        { "volley pull -H ^hosts /srv/app/app.log logs", "app.log", "HOST1 HOST1/app.log HOST2 HOST2/app.log" },
        { "volley push -H web1 conf.d /srv/app/", "app.log conf.d conf.d/a", "" },
        { "volley sync -H web1 --delete conf.d /srv/app/conf.d", "app.log conf.d conf.d/a", "" },
    };

    [Fact]
    public void EveryRowIsTested()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "guides", "copying.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split(" | ")[1].TrimEnd(' ', '|').Trim('`')).Distinct();
        Assert.Equal(Commands.Select(row => row.Data.Item1).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task EveryCommandDoesWhatItSays(string command, string remote, string local)
    {
        using var scene = new PushScene(fleet.Fleet);
        scene.Write("app.conf", "conf\n");
        scene.Write("conf.d/a", "a\n");
        scene.Write("hosts", "127.0.61.1\n127.0.61.2\n");
        scene.WriteTarget("app.log", "log\n");
        var line = command.Replace("web[", "127.0.61.[", StringComparison.Ordinal).Replace("web", "127.0.61.", StringComparison.Ordinal)
            .Replace("/srv/app", scene.Target, StringComparison.Ordinal)
            .Replace(" -H ", $" -q -F {fleet.Fleet.SshConfig} -H ", StringComparison.Ordinal)
            .Replace("volley ", $"{BuiltProgram.Path} ", StringComparison.Ordinal);
        var result = await ProgramRun.RunAsync(new ProgramStart("/bin/sh", "-c", line) { WorkingDirectory = scene.Source });
        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        Assert.Equal(remote, string.Join(' ', scene.Names()));
        var logs = Path.Combine(scene.Source, "logs");
        Assert.Equal(local.Replace("HOST", "127.0.61.", StringComparison.Ordinal), Directory.Exists(logs) ? string.Join(' ', PushScene.Names(logs)) : "");
    }
}
