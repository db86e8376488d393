using Volley.Ssh;
using Xunit;

namespace Volley.Inventory.Tests;

public class ConfigurationTests
{
    private static readonly string[] Options =
        ["parallel", "user", "port", "identity", "jump", "timeout", "connect-timeout", "batch", "server-alive-interval", "server-alive-count-max", "env", "output"];

    private static VolleyConfiguration Parse(string text, params (string Name, string Value)[] variables) =>
        new ConfigurationReader(Options, name => Array.Find(variables, variable => variable.Name == name).Value).Parse(text, "/c/config.yaml");

    [Fact]
    public void EveryPartIsRead()
    {
        VolleyConfiguration configuration = Parse("""
            defaults:
              parallel: 20
              connect_timeout: 5s
              env: [A=1, B=2]
            profiles:
              slow: { parallel: 2 }
            clusters:
              prod:
                user: deploy
                nodes:
                  - web[1-3]
                  - host: db1
                    port: 2222
                    user: dba
                    jump: bastion
                    attributes: { rack: r1, gpu: }
            inventories: [inv/hosts, /abs]
            groups:
              default_source: cluster
              order: [genders, cluster]
              disabled: slurm
            confirm_above: 50
            """);
        Assert.Equal("20", Assert.Single(configuration.Defaults["parallel"].Values));
        Assert.Equal(new FilePlace("/c/config.yaml", 3), configuration.Defaults["connect-timeout"].Place);
        Assert.Equal(["A=1", "B=2"], configuration.Defaults["env"].Values);
        Assert.Equal("2", Assert.Single(configuration.Profiles["slow"]["parallel"].Values));
        Assert.Equal(["/c/inv/hosts", "/abs"], configuration.Inventories.Select(inventory => inventory.Path));
        Assert.Equal("cluster", configuration.DefaultSource);
        Assert.Equal(["genders", "cluster"], configuration.SourceOrder);
        Assert.Equal(["slurm"], configuration.DisabledSources);
        Assert.Equal(50, configuration.ConfirmAbove);
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public async Task ClustersAreASource()
    {
        VolleyConfiguration configuration = Parse("clusters:\n  prod:\n    user: deploy\n    jump: gate\n    nodes:\n      - web[1-2]\n      - {host: db1, port: 2222, user: dba, jump: '', attributes: {rack: r1}}\n      - '@other'\n  other:\n    nodes: [root@x1]\n");
        HostSources sources = new StandardSources { Configuration = configuration, Variable = _ => null, SshConfig = SshConfigFiles.None }.Create();
        var hosts = await HostExpression.Parse("@prod").EvaluateAsync(sources);
        Assert.Equal("deploy@web1 deploy@web2 dba@db1:2222 root@x1", string.Join(' ', hosts));
        Assert.Equal(["gate", "gate", "", "gate"], hosts.Select(host => host.Jump));
        Assert.Equal("r1", hosts[2].Attributes["rack"]);
    }

    [Theory]
    [InlineData("default:\n", 1, "unknown key 'default'; did you mean 'defaults'?")]
    [InlineData("a: 1\n", 1, "unknown key 'a'; the keys are defaults, profiles,")]
    [InlineData("defaults:\n  paralel: 3\n", 2, "unknown key 'paralel'; did you mean 'parallel'?")]
    [InlineData("defaults:\n  parallel: 3\n  parallel: 4\n", 3, "twice")]
    [InlineData("defaults: 5\n", 1, "a text is the value of defaults; write a mapping")]
    [InlineData("clusters:\n  prod:\n    node: [a]\n", 3, "unknown key 'node'; did you mean 'nodes'?")]
    [InlineData("clusters:\n  prod:\n    user: x\n", 2, "the cluster 'prod' has no 'nodes'")]
    [InlineData("clusters:\n  prod:\n    nodes:\n      - a;b\n", 4, "invalid node 'a;b'")]
    [InlineData("clusters:\n  prod:\n    nodes:\n      - port: 22\n", 4, "a node has no 'host'")]
    [InlineData("clusters:\n  prod:\n    nodes:\n      - {host: a, port: 70000}\n", 4, "a number from 1 to 65535")]
    [InlineData("clusters:\n  'a b':\n    nodes: [a]\n", 2, "no valid name of a cluster")]
    [InlineData("groups:\n  order: [gender]\n", 2, "unknown kind of source 'gender'; did you mean 'genders'?")]
    [InlineData("defaults:\n  user: ${NOT_SET}\n", 2, "the variable NOT_SET is not set; set it, or write ${NOT_SET:-default}")]
    [InlineData("defaults:\n  user: ${X\n", 2, "is not closed")]
    [InlineData("confirm_above: many\n", 1, "the value of confirm_above is 'many'; write a number from 0 to")]
    [InlineData("confirm_above: [1]\n", 1, "the value of confirm_above is a list; write a number from 0 to")]
    [InlineData("confirm_above: -1\n", 1, "the value of confirm_above is '-1'; write a number from 0 to")]
    [InlineData("groups: 5\n", 1, "a text is the value of groups; write a mapping")]
    [InlineData("groups:\n  default_source: [a]\n", 2, "a list is the value of default_source; write a text")]
    [InlineData("groups:\n  default_source: ''\n", 2, "the value of default_source is missing; write the name of a source")]
    [InlineData("groups:\n  order: [cluster,\n    ~]\n", 3, "the value of a kind of source is missing")]
    [InlineData("groups:\n  disabled: {a: b}\n", 2, "a mapping is the value of a kind of source; write a text")]
    [InlineData("inventories: {a: b}\n", 1, "a mapping is the value of an inventory; write a text")]
    [InlineData("inventories:\n  - a\n  - ''\n", 3, "the value of an inventory is missing; write a path")]
    [InlineData("inventories:\n  - ~\n", 2, "the value of an inventory is missing; write a path")]
    [InlineData("defaults: {}\n---\nclusters: {}\n", 2, "a second document begins here; write one document in a file")]
    [InlineData("--- {}\n---\n", 2, "a second document begins here")]
    [InlineData("defaults:\n  user: \"a\\0b\"\n", 2, "the value of user contains a NUL")]
    [InlineData("clusters:\n  c:\n    nodes: []\n", 2, "the cluster 'c' has no nodes; write nodes: [HOST, ...]")]
    [InlineData("clusters:\n  c:\n    nodes: [a, ~]\n", 3, "the value of a node is missing")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - ^/etc/hosts\n", 4, "invalid node '^/etc/hosts': a cluster can't read a file or standard input; name the hosts or groups")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - a,(b!-)\n", 4, "a cluster can't read a file or standard input")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: 'root@a:22', user: x}\n", 4, "the user is in 'host: root@a:22' and in 'user: x'; remove one")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: 'root@a:22', port: 22}\n", 4, "the port is in 'host: root@a:22' and in 'port: 22'; remove one")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: 'b,(root@@web)', user: x}\n", 4, "the user is in")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: 'root@w*', user: x}\n", 4, "the user is in")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: a, user: -x}\n", 4, "the user '-x' is not a login name")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: a, user: \"x\\ay\"}\n", 4, "is not a login name")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: a, user: 'x[1-2]'}\n", 4, "is not a login name")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: a, jump: -x}\n", 4, "the jump host '-x' contains invalid characters")]
    [InlineData("clusters:\n  c:\n    nodes:\n    - {host: a, jump: \"g\\eh\"}\n", 4, "contains invalid characters")]
    [InlineData("clusters:\n  c:\n    nodes: [a]\n    jump_host: {host: 'a b'}\n", 4, "contains invalid characters")]
    [InlineData("clusters:\n  c:\n    nodes: [a]\n    jump_host: {host: g, user: -x}\n", 4, "contains invalid characters")]
    [InlineData("defaults: [\n", 2, "the YAML is invalid")]
    [InlineData("- a\n", 1, "a list is the value of the configuration")]
    public void AnErrorStatesFileLineAndRemedy(string text, int line, string message)
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse(text));
        Assert.Equal(line, error.Place.Line);
        Assert.StartsWith($"/c/config.yaml line {line}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user: -x", "the user '-x' is not a login name")]
    [InlineData("user: \"x\\ay\"", "is not a login name")]
    [InlineData("jump: -oProxyCommand=x", "the jump host '-oProxyCommand=x' contains invalid characters")]
    [InlineData("jump: \"g\\eh\"", "contains invalid characters")]
    [InlineData("jump: 'a,,b'", "a jump host is missing")]
    [InlineData("port: '70000'", "a number from 1 to 65535 was expected")]
    public async Task ALoginOfAClusterThatSshCouldMisreadIsRefused(string option, string message)
    {
        HostSources sources = Sources(Parse($"clusters:\n  c:\n    nodes: [a]\n    {option}\n"));
        var error = await Assert.ThrowsAsync<HostSourceException>(async () => await HostExpression.Parse("@cluster:c").EvaluateAsync(sources));
        Assert.StartsWith("cluster: /c/config.yaml line 4: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANodePrecedesTheGroupInIt()
    {
        HostSources sources = Sources(Parse("clusters:\n  a:\n    nodes: [{host: '@b', user: ann}, x]\n    user: zoe\n    port: ''\n  b: {nodes: ['root@y', z], user: deploy}\n"));
        Assert.Equal("ann@y ann@z zoe@x", string.Join(' ', await HostExpression.Parse("@a").EvaluateAsync(sources)));
    }

    [Fact]
    public async Task ACycleNamesTheLineThatClosesIt()
    {
        HostSources sources = Sources(Parse("clusters:\n  a:\n    nodes: ['@b']\n  b:\n    nodes:\n    - x\n    - '@a'\n"));
        var error = await Assert.ThrowsAsync<HostListException>(async () => await HostExpression.Parse("@a").EvaluateAsync(sources));
        Assert.StartsWith("/c/config.yaml line 7: the group @cluster:a contains itself: @cluster:a -> @cluster:b -> @cluster:a", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownDefaultSourceNamesItsLine()
    {
        var error = await Assert.ThrowsAsync<HostListException>(async () => await HostExpression.Parse("@a").EvaluateAsync(Sources(Parse("groups:\n  default_source: clusters\nclusters: {a: {nodes: [x]}}\n"))));
        Assert.StartsWith("/c/config.yaml line 2: unknown default source 'clusters'; did you mean 'cluster'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnInventoryThatIsNotThereNamesItsLine()
    {
        var error = await Assert.ThrowsAsync<HostSourceException>(async () => await HostExpression.Parse("@ansible:a").EvaluateAsync(Sources(Parse("inventories:\n  - none\n"))));
        Assert.Equal("ansible: /c/config.yaml line 2: there is no inventory /c/none; a file, a directory or a program was expected", error.Message);
    }

    [Fact]
    public void AFileIsReadWithItsMarkAndNoDeviceToItsEnd()
    {
        using var folder = new TemporaryDirectory();
        var reader = new ConfigurationReader(Options);
        Assert.Equal("3", Assert.Single(reader.Read(folder.Write("mark", "\ufeffdefaults:\r\n  parallel: 3\r\n")).Defaults["parallel"].Values));
        Assert.EndsWith(": it is a device; a regular file was expected", Assert.Throws<ConfigurationException>(() => reader.Read("/dev/zero")).Message, StringComparison.Ordinal);
        Assert.EndsWith(": it is a directory; name a file", Assert.Throws<ConfigurationException>(() => reader.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static HostSources Sources(VolleyConfiguration configuration) => new StandardSources
    {
        Configuration = configuration,
        Variable = name => name == "ANSIBLE_INVENTORY" ? "/nonexistent" : null,
        SshConfig = SshConfigFiles.None,
        Disabled = ["netgroup"],
    }.Create();

    [Fact]
    public void VariablesAreExpanded()
    {
        VolleyConfiguration configuration = Parse(
            "defaults:\n  user: ${WHO}-x$$y\n  jump: ${A},${B:-gate:22}\n  identity: ~/key\nclusters:\n  c:\n    nodes: [\"${N}\", 'h$N']\n", ("WHO", "ann"), ("A", "a"), ("N", "n1"), ("HOME", "/home/ann"));
        Assert.Equal("ann-x$y", Assert.Single(configuration.Defaults["user"].Values));
        Assert.Equal("a,gate:22", Assert.Single(configuration.Defaults["jump"].Values));
        Assert.Equal("/home/ann/key", Assert.Single(configuration.Defaults["identity"].Values));
        Assert.Equal(["n1", "hn1"], configuration.Clusters["c"].Nodes.Select(node => node.Hosts));
    }

    [Fact]
    public void TheFileOfBsshIsAccepted()
    {
        VolleyConfiguration configuration = Parse("""
            defaults:
              user: ubuntu
              port: 22
              ssh_key: ~/.ssh/id_rsa
              parallel: 10
              timeout: 300
              jump_host: global-bastion.example.com
              server_alive_interval: 60
              server_alive_count_max: 3
            clusters:
              local:
                nodes:
                  - localhost
                user: ${USER}
              internal:
                nodes:
                  - host: internal1.private
                  - host: internal2.private
                    jump_host:
                      host: gateway.example.com
                      user: gw_user
                      port: 2200
                      ssh_key: ~/.ssh/gateway_key
                ssh_key: ~/.ssh/destination_key
                jump_host: jumpuser@bastion.example.com
                interactive:
                  default_mode: multiplex
            interactive:
              prompt_format: "[{node}]$ "
            """, ("USER", "ann"), ("HOME", "/home/ann"));
        Assert.Equal("/home/ann/.ssh/id_rsa", Assert.Single(configuration.Defaults["identity"].Values));
        Assert.Equal("ann", Assert.Single(configuration.Clusters["local"].Defaults["user"].Values));
        Assert.Equal("gw_user@gateway.example.com:2200", configuration.Clusters["internal"].Nodes[1].Jump);
        Assert.Equal("jumpuser@bastion.example.com", Assert.Single(configuration.Clusters["internal"].Defaults["jump"].Values));
        Assert.Equal(3, configuration.Warnings.Count);
    }

    [Fact]
    public void AnEmptyFileIsNoError()
    {
        Assert.Empty(Parse("").Defaults);
        Assert.Empty(Parse("# nothing\n").Clusters);
        Assert.Empty(Parse("defaults:\nclusters:\n").Clusters);
    }

    [Fact]
    public void TheUsersFilePrecedesTheSystems()
    {
        VolleyConfiguration combined = Parse("defaults: {parallel: 1}\nclusters: {a: {nodes: [x]}}\n").CompletedBy(Parse("defaults: {parallel: 2, port: 22}\nclusters: {a: {nodes: [y]}, b: {nodes: [z]}}\n"));
        Assert.Equal("1", Assert.Single(combined.Defaults["parallel"].Values));
        Assert.Equal("22", Assert.Single(combined.Defaults["port"].Values));
        Assert.Equal("x", Assert.Single(combined.Clusters["a"].Nodes).Hosts);
        Assert.Equal(2, combined.Clusters.Count);
        Assert.Equal(["/u/volley/config.yaml", "/etc/volley/config.yaml"], ConfigurationReader.GetPaths(name => name == "XDG_CONFIG_HOME" ? "/u" : null));
        Assert.Equal(["/etc/volley/config.yaml"], ConfigurationReader.GetPaths(name => name == "XDG_CONFIG_HOME" ? "relative" : null));
    }
}
