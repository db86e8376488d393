using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Selection;

/// <summary>The one grammar of hosts, in every option that takes hosts.</summary>
public sealed class HostExpressionTests : IDisposable
{
    private readonly SelectionScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("n[1-5]!n[2-3]", "n1 n4 n5")]
    [InlineData("n[1-5]&n[4-9]", "n4 n5")]
    [InlineData("n[1-3]^n[2-4]", "n1 n4")]
    [InlineData("n1,n1", "n1 n1")]
    [InlineData("n1,n1,(n[2-4]!n3)", "n1 n2 n4")]
    [InlineData("@cluster:web", "ops@web1 ops@web2 ops@web3 deploy@web9")]
    [InlineData("@db", "db1 db2 ops@web1")]
    [InlineData("adm@@web!web9", "adm@web1 adm@web2 adm@web3")]
    [InlineData("@genders:rack=r1", "g1 g2 g3")]
    [InlineData("@genders:*", "g1 g2 g3 g4")]
    [InlineData("@@cluster", "db web")]
    [InlineData("@app!a2", "10.0.0.1 a3")]
    [InlineData("we?[2-3]", "ops@web2 ops@web3")]
    [InlineData("^list", "x1 x3")]
    public async Task AnExpressionNamesTheTargets(string expression, string hosts)
    {
        _scene.Folder.Write("list", "x[1-3]!x2 # one left out\n");
        Assert.Equal((hosts, "", 0), await _scene.SelectAsync("-H", expression));
    }

    [Theory]
    [InlineData("-H @db -H db1,n1", "db1 db2 ops@web1 n1", "")]
    [InlineData("-C db", "db1 db2 ops@web1", "")]
    [InlineData("-C db -C web", "db1 db2 ops@web1 ops@web2 ops@web3 deploy@web9", "")]
    [InlineData("-a", "ops@web1 ops@web2 ops@web3 deploy@web9 db1 db2", "volley: 6 hosts from the source 'cluster'\n")]
    [InlineData("-C web -l adm", "adm@web1 adm@web2 adm@web3 adm@web9", "")]
    [InlineData("-H me@@web -x web[2-9] -l adm", "me@web1", "")]
    [InlineData("-H @web -x @db", "ops@web2 ops@web3 deploy@web9", "")]
    [InlineData("-H n[1-5] -x n[1-5]!n3", "n3", "")]
    [InlineData("-H n[1-5] -x n1,@web", "n2 n3 n4 n5", "volley: warning: -x @web excludes no host\n")]
    [InlineData("-H g[1-4] --filter rack=r2", "g4", "")]
    [InlineData("-H @app --filter rack=r1,role=app", "10.0.0.1", "")]
    [InlineData("-H @app --filter role=app,role=cache,rack=r1", "10.0.0.1 a2", "")]
    [InlineData("-H @app --filter (rack=r1),(role=app)", "10.0.0.1 a2 a3", "")]
    [InlineData("-H @app --filter *!rack=r1", "a3", "")]
    [InlineData("-H n[1-12] --filter /^n.$/&*[2-4]", "n2 n3 n4", "")]
    [InlineData("-H g[1-4],n1 --filter @genders:compute", "g1 g2 g3", "")]
    public async Task AllOptionsTakeExpressions(string options, string hosts, string stderr) =>
        Assert.Equal((hosts, stderr, 0), await _scene.SelectAsync(options.Split(' ')));

    [Theory]
    [InlineData("-H", "@wep", "volley: unknown group @wep (not in cluster", "did you mean @web?")]
    [InlineData("-H", "@no:such", "volley: unknown source 'no'; ", "")]
    [InlineData("-H", "n1&", "volley: the hosts after '&' are missing; write hosts on both sides of it\nn1&\n   ^\n", "")]
    [InlineData("-H", "(n1", "volley: the parenthesis is not closed; add a )\n", "")]
    [InlineData("-H", "zzz*", "volley: 'zzz*' matches none of the known hosts (@*)", "")]
    [InlineData("-x", "@wep", "volley: unknown group @wep", "")]
    [InlineData("--filter", "/(/", "volley: the regular expression is invalid", "")]
    [InlineData("--main-rank", "@web", "volley: --main-rank @web is not one of the 1 hosts; the first is n1\n", "")]
    [InlineData("--main-rank", "@wep", "volley: unknown group @wep", "")]
    [InlineData("-H", "@dsh:x", "volley: the source 'dsh' is not available: there is no directory ", "; create it\n")]
    [InlineData("-C", "wep", "volley: -C wep: there is no such cluster; did you mean 'web'? the clusters are db, web\n", "")]
    [InlineData("-C", "nothing", "volley: -C nothing: there is no such cluster; the clusters are db, web\n", "")]
    [InlineData("--filter", "rack=a b", "volley: white space within a value; write the value in quotes, as in role='web server'\n", "")]
    [InlineData("-C", "a,b", "volley: --cluster takes a name of letters", "")]
    [InlineData("--inventory", "/no/such", "volley: --inventory /no/such: ", "")]
    public async Task AFaultIsOneMessage(string option, string value, string message, string hint)
    {
        var result = await _scene.RunAsync([.. option is "-H" or "-C" ? [] : (string[])["-H", "n1"], option, value, "--transport", "exec", "echo", "ran"]);
        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.StartsWith(message, result.Stderr, StringComparison.Ordinal);
        Assert.Contains(hint, result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAConfigurationAClusterIsAUsageError()
    {
        var result = await ProgramRun.RunAsync(_scene.Start("-C", "web", "true").WithVariable("XDG_CONFIG_HOME", _scene.Folder["none"]));
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("volley: -C web: no cluster is configured; ", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("n[2-3]", 1)]
    [InlineData("n*!n1", 1)]
    [InlineData("@main", 2)]
    public async Task TheMainRankIsTheFirstTargetOfAnExpression(string expression, int code)
    {
        _scene.Folder.Write("inventory", "[main]\nn3\n");
        Assert.Equal(code, (await _scene.RunAsync("-H", "n[1-3]", "--main-rank", expression, "--transport", "exec", "sh", "-c", "exit %n")).ExitCode);
    }

    [Fact]
    public async Task AnInventoryOfTheCommandLineIsRead()
    {
        var path = _scene.Folder.Write("more.yaml", "all:\n  children:\n    edge:\n      hosts:\n        e[1:2]:\n");
        Assert.Equal(("e1 e2", "", 0), await _scene.SelectAsync("--inventory", path, "-H", "@edge"));
        var program = _scene.Folder.WriteProgram("dynamic", """echo '{"edge": {"hosts": ["e7"]}, "_meta": {"hostvars": {}}}'""");
        Assert.Equal(("e7", "", 0), await _scene.SelectAsync("--inventory", program, "-H", "@edge"));
    }

    [Fact]
    public async Task ABrokenSourceDoesNotHideAWorkingOne()
    {
        _scene.Folder.Write("genders", "n1 a b c\n");
        var (hosts, stderr, code) = await _scene.SelectAsync("-H", "@app");
        Assert.Equal(("10.0.0.1 a2 a3", 0), (hosts, code));
        Assert.Equal($"volley: warning: genders: {_scene.Folder["genders"]} line 1: more than two fields; 'NODES ATTRIBUTE[=VALUE],...' was expected\n", stderr);
        Assert.Equal(2, (await _scene.SelectAsync("-H", "@genders:a")).ExitCode);
    }

    [Theory]
    [InlineData("-H @genders:compute --filter rack='r1'", "g1 g2 g3", 0)]
    [InlineData("-H @web --filter rack=r1", "", 1)]
    [InlineData("-H a1,a3 --filter rack=r1", "a1", 0)]
    public async Task AttributesAreThoseOfTheSourceOfAHost(string options, string hosts, int code)
    {
        // Two sources know the hosts of the cluster; only the inventory states their racks.
        _scene.Folder.Write("inventory", "[app]\na1 ansible_host=10.0.0.1 rack=r1\na3 rack=r2\nweb1 rack=r1\n");
        var selected = await _scene.SelectAsync(options.Split(' '));
        Assert.Equal((hosts, code), (selected.Hosts, selected.ExitCode));
    }

    [Fact]
    public async Task SeveralExclusionsAreCombined()
    {
        Assert.Equal(("n4 n1", "", 0), await _scene.SelectAsync("-H", "n[2-3],n4,n1,n3", "-x", "n2", "-x", "n3,n2"));
    }

    [Fact]
    public async Task APipeInThePlaceOfAFileIsAnError()
    {
        StopCalls.MakePipe(_scene.Folder["pipe"]);
        foreach (var arguments in new string[][] { ["-F", _scene.Folder["pipe"]], ["--inventory", _scene.Folder["pipe"]], ["--config", _scene.Folder["pipe"]] })
        {
            var result = await _scene.RunAsync([.. arguments, "-H", "n1", "--transport", "native", "true"]);
            Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
            Assert.EndsWith($"{_scene.Folder["pipe"]}: it is a named pipe; a regular file was expected\n", result.Stderr, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task APlainListReadsNoConfiguration()
    {
        _scene.Folder.Write("genders", "n1 a b c\n");
        Assert.Equal(("n1 n2", "", 0), await _scene.SelectAsync("-H", "n[1-3]", "-x", "n3*", "--filter", "n*"));
    }

    [Fact]
    public async Task AttributesAreInTheJson()
    {
        var result = await _scene.RunAsync("-H", "@app!a3", "--transport", "exec", "--output", "json", "--report", _scene.Folder["report"], "true");
        var lines = await JsonLines.ReadAsync(result.Stdout);
        Assert.Equal("r1 app", $"{lines.Finished("a1")["attributes"]!["rack"]} {lines.Finished("a1")["attributes"]!["role"]}");
        Assert.Equal("cache", (string)lines.Finished("a2")["attributes"]!["role"]!);
        Assert.Contains("\"role\": \"cache\"", await File.ReadAllTextAsync(_scene.Folder["report"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
