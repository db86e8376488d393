using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Selection;

/// <summary>Which hosts a run has: -H, -x, --filter, and the hosts of a cluster session.</summary>
public sealed class TargetSelectionTests : IDisposable
{
    private const string Variable = "BACKENDAI_CLUSTER_HOSTS";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("web[1-12],db1", "-x web1?", "web[1-9],db1", "")]
    [InlineData("web[1-12],db1", "-x WEB*", "db1", "")]
    [InlineData("rack[1-2]-n[1-3]", "-x *-n[1-2]", "rack[1-2]-n3", "")]
    [InlineData("ops@a1,a1,a2:22,a2", "-x ops@a*,a?:22", "a1,a2", "")]
    [InlineData("n[1-3]", "-x n9", "n[1-3]", "n9")]
    [InlineData("n[1-3]", "-x n2,db[1-2],n9*,root@n1", "n1,n3", "db[1-2] n9* root@n1")]
    [InlineData("n[1-3]", "-x n2 -x n[2-3],x", "n1", "x")]
    [InlineData("n[1-3]", "-x ^none,^some,^others", "n[1,3]", "^others")]
    [InlineData("web[1-12],db[01-12]", "--filter web[8-12]", "web[8-12]", "")]
    [InlineData("web[1-12],db[01-12]", "--filter *[1-3]", "web[1-3,11-12],db[01-03,11-12]", "")]
    [InlineData("web[1-12],db[01-12]", "--filter db[01-3]", "db[01-03]", "")]
    [InlineData("rack[1-2]-n[1-3]", "--filter *[2]-n[1-9/2]", "rack2-n[1,3]", "")]
    [InlineData("n1,n2,", "", "n1,n2", "")]
    public async Task HostsAreLeftOutByNameAndPattern(string hosts, string options, string left, string unused)
    {
        _folder.Write("none", "# nobody\n");
        _folder.Write("some", "n2\nnobody\n");
        _folder.Write("others", "m1 m2\n");
        var result = await ProgramRun.RunAsync(
            VolleyRun.Exec(hosts, "echo %h", [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-N"]) with { WorkingDirectory = _folder.Path });
        Assert.Equal(HostList.Parse(left).Select(name => name.Host).Order(), VolleyRun.Lines(result.Stdout).Order());
        Assert.Equal(
            string.Concat(unused.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(item => $"volley: warning: -x {item} excludes no host\n")), result.Stderr);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("n1,n[2-3]", "", "n1 n2 n3", "volley: 3 hosts from BACKENDAI_CLUSTER_HOSTS\n")]
    [InlineData("n1", "", "n1", "volley: 1 host from BACKENDAI_CLUSTER_HOSTS\n")]
    [InlineData("n1,n2,", "-x n1", "n2", "volley: 2 hosts from BACKENDAI_CLUSTER_HOSTS\n")]
    [InlineData("n1,n2", "-H m1", "m1", "")]
    public async Task AClusterSessionNamesTheHostsWhereNothingElseDoes(string cluster, string options, string hosts, string stderr)
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Start(
            [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--transport", "exec", "-N", "echo", "%h"]).WithVariable(Variable, cluster));
        Assert.Equal(hosts.Split(' '), VolleyRun.Lines(result.Stdout).Order());
        Assert.Equal(stderr, result.Stderr);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("n[1-", "volley: BACKENDAI_CLUSTER_HOSTS: the bracket is not closed; add a ]\nn[1-\n ^\n")]
    [InlineData("-", "volley: BACKENDAI_CLUSTER_HOSTS: there is no standard input to read hosts from here; name the hosts or use ^FILE\n-\n^\n")]
    [InlineData(" ", "volley: no hosts; name them with -H, for example: volley -H 'web[1-8]' uptime\n")]
    public async Task AClusterSessionThatCannotBeUnderstoodIsAUsageError(string cluster, string message)
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Start("--transport", "exec", "echo", "ran").WithVariable(Variable, cluster));
        Assert.Equal((2, message, ""), (result.ExitCode, result.Stderr, result.Stdout));
    }

    [Theory]
    [InlineData(@"DOM\me@h1", @"DOM\me")]
    [InlineData("me@dom.example@h1", "me@dom.example")]
    [InlineData(@"DOM\me@dom@h1:22", @"DOM\me@dom")]
    public async Task TheUserIsWhatStandsBeforeTheLastAt(string item, string user)
    {
        Assert.Equal($"{user} h1\n", (await VolleyRun.RunAsync("--transport", "exec", "-N", "-H", item, "echo", "%u", "%h")).Stdout);

        var ssh = _folder.Write("ssh", $"#!/bin/sh\n[ \"$1\" != -V ] || {{ echo OpenSSH_9.2 >&2; exit; }}\nprintf '%s\\n' \"$@\" >>{_folder["words"]}\nexit 255\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        await ProgramRun.RunAsync(VolleyRun.Start("--transport", "openssh", "-F", "none", "-H", item, "true").WithVariable("PATH", _folder.Path));
        var words = await File.ReadAllLinesAsync(_folder["words"], TestContext.Current.CancellationToken);
        Assert.Equal(user, words[Array.IndexOf(words, "-l") + 1]);
    }
}
