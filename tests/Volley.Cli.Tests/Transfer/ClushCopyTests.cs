using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Transfer;

/// <summary><c>volley clush</c> beside Debian's clush, on a real server.</summary>
public sealed class ClushCopyTests(SftpFleet fleet) : IClassFixture<SftpFleet>
{
    // Names, kinds, permissions, contents and, for -p, times.
    private const string Listing = "find . -mindepth 1 -printf '%P %y%m %l ' \\( -type f -exec cat {} \\; -o -printf '\\n' \\)";
    private const string ListingWithTimes = "find . -mindepth 1 -printf '%P %y%m %l %Ts ' \\( -type f -exec cat {} \\; -o -printf '\\n' \\)";

    [Theory]
    [InlineData("--copy app.conf --dest TARGET/")]
    [InlineData("-b --copy app.conf --dest TARGET/new")]
    [InlineData("-c app.conf other.conf --dest=TARGET")]
    [InlineData("-p --copy conf.d --dest TARGET/")]
    [InlineData("--copy conf.d --dest TARGET")]
    [InlineData("-p -f 1 --copy conf.d app.conf --dest TARGET")]
    [InlineData("--rcopy TARGET/app.log --dest logs")]
    [InlineData("-p --rcopy TARGET/app.log TARGET/logs.d --dest logs/")]
    [InlineData("-x 127.0.61.2 --rcopy TARGET/logs.d --dest logs")]
    public async Task TheResultIsThatOfClush(string line)
    {
        var listing = line.Contains("-p", StringComparison.Ordinal) ? ListingWithTimes : Listing;
        var results = new List<string>();
        foreach (var program in new[] { "clush", $"'{BuiltProgram.Path}' clush" })
        {
            using var scene = new PushScene(fleet.Fleet);
            foreach (var name in new[] { "app.conf", "other.conf", "conf.d/a", "conf.d/b/c" })
                scene.Write(name, $"{name}\n");
            scene.WriteTarget("app.log", "log\n");
            scene.WriteTarget("logs.d/x", "x\n");
            var script = $$"""
                ln -s a conf.d/link && find {{scene.Target}} -exec touch -h -d @1500000000 {} +
                chmod 640 app.conf && chmod 750 conf.d && touch -d @1700000000 app.conf conf.d/a conf.d/b/c && find conf.d -type d -exec touch -d @1600000000 {} +
                mkdir logs
                {{program}} -w '127.0.61.[1-2]' -q -o "-F {{fleet.Fleet.SshConfig}}" {{line.Replace("TARGET", scene.Target, StringComparison.Ordinal)}} || echo "code $?"
                (cd logs && {{listing}} | LC_ALL=C sort)
                cd {{scene.Target}} && {{listing}} | LC_ALL=C sort
                """;
            var result = await ProgramRun.RunAsync(new ProgramStart("/bin/sh", "-c", script) { WorkingDirectory = scene.Source });
            Assert.Equal("", result.Stderr);
            results.Add(result.Stdout);
        }

        Assert.NotEqual("", results[0]);
        Assert.Equal(results[0], results[1]);
    }

    [Theory]
    [InlineData("-w n1 --copy --dest /x", "clush needs a file to copy: ")]
    [InlineData("-w n1 uptime", "clush is for copies here, with either --copy or --rcopy: ")]
    [InlineData("-w n1 --copy --rcopy a", "clush is for copies here, with either --copy or --rcopy: ")]
    [InlineData("-w n1 --rcopy /a --dest /no/such", "clush --rcopy needs a directory: '/no/such' is not one")]
    [InlineData("-w n1 --copy /etc/hosts -o -Xy", "clush -o '-Xy': unexpected '-Xy'; -o, -p, -i, -F, -J and -l of ssh are supported")]
    [InlineData("-w n1 --copy /etc/hosts --topology=x", "unknown option --topology; see volley clush --help")]
    [InlineData("-w n1 --copy /etc/hosts --archive", "unknown option --archive; see volley clush --help")]
    [InlineData("-w n1 --copy /etc/hosts -O fanout=3", "clush -O 'fanout=3': settings of clush.conf have no effect here")]
    [InlineData("--copy /etc/hosts", "no hosts; name them with -w, -g, -a or --hostfile: ")]
    [InlineData("-w n1 --copy /no/such", "/no/such: No such file or directory")]
    public async Task BadArgumentsAreRefused(string line, string message)
    {
        var result = await VolleyRun.RunAsync(["clush", .. line.Split(' ')]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"volley: {message}", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GroupsAndOptionsAreTranslated()
    {
        using var folder = new ScratchFolder();
        folder.Write("hosts", "h1\n");
        folder.Write("config", "clusters: { web: { nodes: [w1, w2] }, db: { nodes: [d1] } }\n");
        var result = await VolleyRun.RunAsync(
            "clush", "--hostfile", folder["hosts"], "-g", "web,db", "-X", "db", "-s", "cluster", "-l", "root", "-o", "-p 2222", "-t", "3", "-c", "/etc/hosts", "--dest", "/tmp/{x}");
        Assert.Equal(2, result.ExitCode);
        result = await ProgramRun.RunAsync(VolleyRun.Start(
            "clush", "--hostfile", folder["hosts"], "-g", "web,db", "-X", "db", "-s", "cluster", "-l", "root", "-o", "-p 2222", "-t", "3", "-c", "/etc/hosts", "--dest", "/tmp/{x}") with
        {
            Environment = new Dictionary<string, string?>(VolleyRun.Start().Environment) { ["VOLLEY_CONFIG"] = folder["config"], ["VOLLEY_DRY_RUN"] = "true" },
        });
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("h1,w[1-2]", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("2222", result.Stdout, StringComparison.Ordinal);
    }
}
