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
    [InlineData("confirm_above: many\n", 1, "out of range")]
    [InlineData("defaults: [\n", 2, "the YAML is invalid")]
    [InlineData("- a\n", 1, "a list is the value of the configuration")]
    public void AnErrorStatesFileLineAndRemedy(string text, int line, string message)
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse(text));
        Assert.Equal(line, error.Place.Line);
        Assert.StartsWith($"/c/config.yaml line {line}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

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
