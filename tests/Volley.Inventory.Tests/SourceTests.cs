using Volley.Ssh;
using Xunit;
using static Volley.Inventory.Tests.Evaluation;

namespace Volley.Inventory.Tests;

public sealed class SourceTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, string> _variables = [];

    public void Dispose() => _folder.Dispose();

    private HostSources Sources(SshConfigFiles? ssh = null, params string[] disabled) => new StandardSources
    {
        Variable = Variable,
        SshConfig = ssh ?? SshConfigFiles.None,
        Disabled = [.. disabled, "netgroup", "clustershell"],
    }.Create();

    // What the machine has must not change a result.
    private string? Variable(string name) => _variables.GetValueOrDefault(name)
        ?? (name is "PDSH_GENDERS_DIR" or "DSHGROUP_PATH" or "ANSIBLE_INVENTORY" or "PATH" ? Path.Combine(_folder.Path, "none") : null);

    [Fact]
    public async Task GendersAreGroupsAndAttributes()
    {
        string path = _variables["PDSH_GENDERS_FILE"] = _folder.Write("genders", """
            # comment
            n[1-4]  compute,rack=r1
            n[3-4]  gpu,altname=%n-ib
            login   rack=r2
            mgmt
            """);
        HostSources sources = Sources();
        Assert.Equal("n1 n2 n3 n4", await RunAsync("@compute", sources));
        Assert.Equal("n3 n4", await RunAsync("@genders:gpu", sources));
        Assert.Equal("login", await RunAsync("@genders:rack!@rack=r1", sources));
        Assert.Equal("n1 n2 n3 n4 login mgmt", await RunAsync("@genders:*", sources));
        KnownHost host = Assert.Single(await HostExpression.Parse("@genders:*&n3").EvaluateAsync(sources));
        Assert.Equal("n3-ib", host.Attributes["altname"]);
        Assert.Equal("", host.Attributes["gpu"]);
        if (File.Exists("/usr/bin/nodeattr"))
        {
            foreach (string query in new[] { "compute", "gpu", "rack=r1", "rack" })
                Assert.Equal(Peer.Run("/usr/bin/nodeattr", ["-f", path, "-n", query], []).Order(), (await RunAsync($"@genders:{query}", sources)).Split(' ').Order());
        }
    }

    [Theory]
    [InlineData("n1 a b\n", "line 1: more than two fields; 'NODES ATTRIBUTE[=VALUE],...' was expected")]
    [InlineData("n1 a\nn1 a\n", "line 2: the node n1 has the attribute 'a' twice")]
    [InlineData("n1 a=b=c\n", "line 1: 'a=b=c' is no attribute")]
    [InlineData("-n1 a\n", "line 1: '-n1' is no host name")]
    [InlineData("n\u0007 a\n", "line 1: invalid host 'n?'")]
    public async Task AGendersErrorStatesItsPlace(string text, string message)
    {
        string path = _variables["PDSH_GENDERS_FILE"] = _folder.Write("genders", text);
        var error = await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@genders:a", Sources()));
        Assert.StartsWith($"genders: {path} ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DshGroupsAreFiles()
    {
        _variables["HOME"] = _folder.Path;
        _variables["DSHGROUP_PATH"] = Path.Combine(_folder.Path, "system");
        _folder.Write(".dsh/group/web", "web[1-2] # two\n#include more\n");
        _folder.Write("system/more", "ops@web3\n#include web\n");
        _folder.Write("system/web", "other\n");
        HostSources sources = Sources();
        Assert.Equal("web1 web2 ops@web3", await RunAsync("@dsh:web", sources));
        Assert.Equal("ops@web3 web1 web2", await RunAsync("@more", sources));
        Assert.Equal("more web", await RunAsync("@@dsh", sources));
        // Separators within brackets belong to the range.
        _folder.Write("system/lab", "lab[1,3],lab7\tlab8\n#include ./none\n");
        Assert.Contains("./none: can't read it: No such file or directory", (await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@dsh:lab", Sources()))).Message, StringComparison.Ordinal);
        _folder.Write("system/lab", "lab[1,3],lab7\tlab8\n#include system lab\n");
        Assert.Contains("lab line 2: '#include system lab' is invalid; #include NAME was expected", (await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@dsh:lab", Sources()))).Message, StringComparison.Ordinal);
        _folder.Write("system/lab", "lab[1,3],lab7\tlab8\n");
        Assert.Equal("lab1 lab3 lab7 lab8", await RunAsync("@dsh:lab", Sources()));
        _folder.Write("system/bad", "a\n#include none\n");
        Assert.Contains("bad line 2: the group 'none' to include does not exist", (await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@dsh:bad", Sources()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostEntriesOfSshConfigAreGroups()
    {
        string more = _folder.Write("conf.d/10-more", "Host db1 db2\n");
        string path = _folder.Write("config", $"Include {Path.GetDirectoryName(more)}/*\nHost web1 \"web2\" !web3 w* # no\n  User x\nHost=single\nMatch host q\nHost web1 gone !gone \"a b\"\n");
        HostSources sources = Sources(new SshConfigFiles { UserFile = path, SystemFile = null });
        Assert.Equal("db1 db2 web1 web2 single", await RunAsync("@ssh:*", sources));
        Assert.Equal("web1 web2", await RunAsync("@ssh:web*", sources));
        Assert.Equal("db1", await RunAsync("db*!db2", sources));
    }

    [Fact]
    public async Task BackendAiHostsAreGroupedByRole()
    {
        _variables["BACKENDAI_CLUSTER_HOSTS"] = "main1,sub1,sub2";
        Assert.Equal("sub1 sub2", await RunAsync("@sub", Sources()));
        Assert.Equal("main1 sub1 sub2", await RunAsync("@backendai:*", Sources()));
        Assert.Contains("the source 'backendai' is not available: it is switched off", (await FailAsync("@backendai:*", Sources(disabled: "backendai"))).Message, StringComparison.Ordinal);
        _variables.Clear();
        Assert.Contains("the source 'backendai' is not available: BACKENDAI_CLUSTER_HOSTS is not set", (await FailAsync("@backendai:*", Sources())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SlurmNodesAreSelectedByPartitionStateFeatureAndJob()
    {
        _folder.WriteProgram("sinfo", "echo call >> " + Path.Combine(_folder.Path, "calls") + "; printf '%s\\n' 'n1|debug|idle*|gpu,ib' 'n1|batch|idle*|gpu,ib' 'n2|batch|mixed|(null)' 'n3|batch|down~|ib'\n");
        _folder.WriteProgram("squeue", "printf '%s\\n' '7|7|ann|n[1-2]' '9|8_1|bob|n3' '10|10|bob|'\n");
        _variables["PATH"] = _folder.Path;
        HostSources sources = Sources();
        Assert.Equal("n1 n2 n3", await RunAsync("@slurm:batch", sources));
        Assert.Equal("n1", await RunAsync("@slurmstate:idle", sources));
        Assert.Equal("n1 n3", await RunAsync("@slurmfeature:ib", sources));
        Assert.Equal("n1 n2", await RunAsync("@slurmjob:7", sources));
        Assert.Equal("n3", await RunAsync("@slurmjob:8_1", sources));
        KnownHost host = Assert.Single(await HostExpression.Parse("@slurm:debug").EvaluateAsync(sources));
        Assert.Equal("debug,batch", host.Attributes["partition"]);
        Assert.Single(File.ReadAllLines(Path.Combine(_folder.Path, "calls")));
    }

    [Theory]
    [InlineData("7", "n1 n2")]
    [InlineData("8", "n3 n4")]
    [InlineData("8_1", "n3")]
    [InlineData("8_[1-2]", "n3 n4")]
    [InlineData("9", "n3")]
    [InlineData("20", "n5 n6")]
    [InlineData("20+1", "n6")]
    [InlineData("21", "n6")]
    public async Task AJobIsNamedAsForSqueue(string job, string nodes)
    {
        // An array with two tasks, and a heterogeneous job of two components.
        _folder.WriteProgram("squeue", "printf '%s\\n' '7|7|ann|n[1-2]' '9|8_1|bob|n3' '10|8_2|bob|n[3-4]' '8|8_[3-9%2]|bob|' '20|20+0|eve|n5' '21|20+1|eve|n6'\n");
        _variables["PATH"] = _folder.Path;
        Assert.Equal(nodes, await RunAsync($"@slurmjob:{job}", Sources()));
    }

    [Theory]
    [InlineData("slurm", "sinfo")]
    [InlineData("slurmfeature", "sinfo")]
    [InlineData("slurmjob", "squeue")]
    public async Task AMissingCommandOfSlurmIsNamed(string source, string program)
    {
        Assert.Contains($"the source '{source}' is not available: {program} is not on PATH", (await FailAsync($"@{source}:1", Sources())).Message, StringComparison.Ordinal);
        Assert.Contains("it is switched off", (await FailAsync($"@{source}:1", Sources(disabled: "slurm"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASourceThatIsSwitchedOffIsNamedWithItsPlace()
    {
        _variables["PDSH_GENDERS_FILE"] = _folder.Write("genders", "n1 a\n");
        VolleyConfiguration configuration = new ConfigurationReader([]).Parse("groups:\n  disabled: [genders, netgroup, clustershell]\n", "/c.yaml");
        HostSources sources = new StandardSources { Configuration = configuration, Variable = Variable, SshConfig = SshConfigFiles.None }.Create();
        Assert.Contains(
            "the source 'genders' is not available: it is switched off in /c.yaml line 2 (groups: disabled); remove 'genders' there to use it",
            (await FailAsync("@genders:a", sources)).Message, StringComparison.Ordinal);
        Assert.Contains("; switched off: clustershell, genders, netgroup)", (await FailAsync("@a", sources)).Message, StringComparison.Ordinal);
        Assert.Contains("unknown source 'racks'; switched off: clustershell, genders, netgroup;", (await FailAsync("@racks:a", sources)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProgramThatFailsRunsOnce()
    {
        string calls = Path.Combine(_folder.Path, "calls");
        _folder.WriteProgram("squeue", $"echo call >> {calls}; exit 1\n");
        _variables["PATH"] = _folder.Path;
        HostSources sources = Sources();
        await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@slurmjob:1", sources));
        await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@slurmjob:2", sources));
        await sources.ListAsync(name => name == "slurmjob", TestContext.Current.CancellationToken);
        Assert.Single(await File.ReadAllLinesAsync(calls, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("@genders:a", "genders")]
    [InlineData("@dsh:g", ".dsh/group/g")]
    [InlineData("@dsh:included", ".dsh/group/g")]
    [InlineData("@ansible:g", "inventory.ini")]
    [InlineData("@ansible:g", "inventory.yaml")]
    [InlineData("@ansible:g", "group_vars/g")]
    [InlineData("@ssh:a", "config")]
    [InlineData("@ssh:a", "included")]
    [InlineData("@files:a", "groups.conf")]
    [InlineData("@files:a", "groups.conf.d/a.conf")]
    [InlineData("@files:a", "groups.d/a.yaml")]
    public async Task APipeInThePlaceOfAFileIsAnError(string expression, string name)
    {
        _variables["HOME"] = _folder.Path;
        _variables["PDSH_GENDERS_FILE"] = Path.Combine(_folder.Path, "genders");
        _variables["CLUSTERSHELL_CFGDIR"] = _folder.Path;
        _variables["ANSIBLE_INVENTORY"] = Path.Combine(_folder.Path, name.StartsWith("inventory", StringComparison.Ordinal) ? name : "hosts");
        _folder.Write("hosts", "[g]\nh1\n");
        _folder.Write(".dsh/group/included", "#include g\n");
        if (name.StartsWith("groups.", StringComparison.Ordinal) && name != "groups.conf")
            _folder.Write("groups.conf", "[Main]\nconfdir: $CFGDIR/groups.conf.d\nautodir: $CFGDIR/groups.d\n");
        string path = Path.Combine(_folder.Path, name);
        var ssh = new SshConfigFiles { UserFile = Path.Combine(_folder.Path, "config"), SystemFile = null };
        if (name == "included")
            _folder.Write("config", $"Include {path}\n");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Peer.Run("/usr/bin/mkfifo", [path], []);
        HostSources sources = new StandardSources { Variable = Variable, SshConfig = ssh, Disabled = ["netgroup", "slurm"] }.Create();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(expression, sources).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains($"{path}: it is a named pipe; a regular file was expected", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeviceOrAnEndlessFileIsAnErrorAndTheNullDeviceIsEmpty()
    {
        string path = _variables["PDSH_GENDERS_FILE"] = Path.Combine(_folder.Path, "genders");
        File.CreateSymbolicLink(path, "/dev/zero");
        Assert.Contains("it is a device; a regular file was expected", (await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@genders:a", Sources()))).Message, StringComparison.Ordinal);
        File.Delete(path);
        using (FileStream file = File.Create(path))
            file.SetLength(1L << 40);
        Assert.Contains("it is longer than 128 MiB", (await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@genders:a", Sources()))).Message, StringComparison.Ordinal);
        File.Delete(path);
        File.CreateSymbolicLink(path, "/dev/null");
        Assert.Contains("unknown group @genders:a", (await FailAsync("@genders:a", Sources())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProgramThatFailsStatesItsError()
    {
        string path = _folder.WriteProgram("sinfo", "echo 'slurm_load_partitions: no controller' >&2; exit 1\n");
        _variables["PATH"] = _folder.Path;
        var error = await Assert.ThrowsAsync<HostSourceException>(() => RunAsync("@slurm:batch", Sources()));
        Assert.Equal($"slurm: {path}: {path} exited with code 1, 0 was expected: slurm_load_partitions: no controller", error.Message);
        Assert.Contains("no controller", (await FailAsync("@batch", Sources())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProgramThatDoesNotEndIsKilled()
    {
        string mark = Path.Combine(_folder.Path, "pid");
        var error = await Assert.ThrowsAsync<HostSourceException>(() => Programs.SourceProgram.RunAsync(
            "slow", ["/bin/sh", "-c", "echo $$ > \"$1\"; exec sleep 600", "sh", mark], new("/etc/groups.conf", 7), TimeSpan.FromSeconds(3), CancellationToken.None));
        Assert.Equal("slow: /etc/groups.conf line 7: /bin/sh did not end within 3 seconds and was killed", error.Message);
        Assert.False(Directory.Exists("/proc/" + File.ReadAllText(mark).Trim()));
    }

    [Fact]
    public async Task AMissingProgramIsAnError()
    {
        var error = await Assert.ThrowsAsync<HostSourceException>(() => Programs.SourceProgram.RunAsync("s", ["/no/such/program"], new("/c", 1), CancellationToken.None));
        Assert.Equal("s: /c line 1: can't start /no/such/program: No such file or directory", error.Message);
    }

    [Fact]
    public async Task AnUnreadableFileDoesNotHideOtherSources()
    {
        _variables["PDSH_GENDERS_FILE"] = _folder.Write("genders", "n1 a b c\n");
        _variables["BACKENDAI_CLUSTER_HOSTS"] = "main1";
        HostSources sources = Sources();
        Assert.Equal("main1", await RunAsync("@main", sources));
        Assert.Equal("genders", Assert.Single(sources.Failures).SourceName);
    }
}
