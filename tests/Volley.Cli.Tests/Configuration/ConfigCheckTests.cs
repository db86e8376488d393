using CsCheck;
using Volley.Cli.Options;
using Volley.Cli.Selection;
using Volley.Inventory;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>volley config check accepts the files that runs accept, and no others.</summary>
public sealed class ConfigCheckTests : IDisposable
{
    private static readonly string[] Profiles = ["p1", "p2"];
    private static readonly string[] Clusters = ["c1", "c2"];

    private const int Files = 100;

    // Some values are invalid, and some contradict another one.
    private static readonly string[] Options =
    [
        "user: ann", "user: 'a;b'", "user: -x", "jump: gate", "jump: '-x'", "jump: \"g\\eh\"", "port: 22", "port: 0", "parallel: 3", "parallel: none", "timeout: 5m",
        "timeout: x", "drain: none", "max_output: 3M", "max_output: 3Q", "color: never", "color: pink", "hosts: h1", "hosts: 'h[1-2'", "hosts: '@c2'",
        "hosts: '@nothing'", "hosts: ^/no/such/file", "exclude: h9", "exclude: 'h['", "filter: 'h*'", "filter: '['", "filter: '@nothing'", "env: [A=1]", "env: [A]",
        "output: gather", "output: nope", "gather: true", "tui: true", "no_prefix: true", "output: json", "retries: 2", "retries: -1", "fail_fast: yes",
        "fail_fast: maybe", "any_failure: true", "check_all_nodes: true", "identity: /no/such/key", "ssh_option: [Port=22]", "ssh_option: [Port=x]", "cluster: c1",
        "cluster: c2", "report: '-'", "script: /no/such/script", "main_rank: '(('", "inventory: /no/such/inventory", "mode: 644", "mode: 9", "owner: 'a b'",
        "parallel: [1, 2]", "parallel: {a: b}", "paralel: 3", "transport: exec", "limit: 50%", "limit: 0", "interpreter: ' '", "seed: 3", "user: ''", "user: ~",
    ];

    private static readonly string[] Nodes =
    [
        "'h[1-2]'", "h3", "'@c1'", "'@c2'", "'@nothing'", "'^/etc/hosts'", "'-'", "''", "{host: h4, port: 22}", "{host: 'root@h5', user: ann}",
        "{host: h6, jump: '-x'}", "{host: h7, jump: gate, attributes: {rack: r1}}", "'h[1'", "{port: 3}",
    ];

    private static readonly string[] Others =
    [
        "confirm_above: 3", "confirm_above: x", "groups: {default_source: cluster}", "groups: {default_source: nothing}", "groups: {order: [cluster]}",
        "groups: {order: [clusters]}", "groups: {disabled: [netgroup]}", "inventories: [/no/such/inventory]", "inventories: [inventory.ini]", "interactive: {a: b}",
        "---", "defaults: {parallel: 1}", "[", "unknown: 1",
    ];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CheckAcceptsAFileIfEveryRunDoes()
    {
        _folder.Write("inventory.ini", "[app]\na1\n");
        await GenerateFile().Array[Files].SampleAsync(async texts =>
        {
            string[] files = [.. texts.Select((text, index) => Write($"{index}.yaml", text))];
            var result = await ProgramRun.RunAsync(
                VolleyRun.Start(["config", "check", .. files]).WithVariable("CLUSTERSHELL_CFGDIR", _folder.Path).WithVariable("ANSIBLE_INVENTORY", "/none"),
                TimeSpan.FromMinutes(5));
            var accepted = VolleyRun.Lines(result.Stdout).ToHashSet();
            Assert.Equal(accepted.Count == Files ? 0 : 2, result.ExitCode);
            for (var i = 0; i < files.Length; i++)
            {
                var refusal = await FindRefusalAsync(files[i], texts[i]);
                Assert.True(
                    accepted.Contains($"{files[i]}: valid") == refusal is null,
                    $"{texts[i]}\nrun: {refusal ?? "accepted"}\ncheck: {string.Join('\n', VolleyRun.Lines(result.Stderr).Where(line => line.Contains(files[i], StringComparison.Ordinal)))}");
            }

            // Both kinds are frequent, so that neither side can be right by itself.
            Assert.InRange(accepted.Count, 5, Files - 5);
        }, iter: 1);
    }

    [Theory]
    [InlineData("profiles:\n  p: {cluster: nothing}\n", "FILE line 2: --cluster nothing: no cluster is configured")]
    [InlineData("clusters: {web: {nodes: [a]}}\nprofiles:\n  p: {cluster: wed}\n", "FILE line 3: --cluster wed: there is no such cluster; did you mean 'web'? the clusters are web")]
    [InlineData("clusters:\n  a: {nodes: ['@b']}\n  b: {nodes: ['@a']}\n", "FILE line 3: the group @cluster:a contains itself")]
    [InlineData("clusters:\n  a: {nodes: ['@nothing']}\n", "FILE line 2: unknown group @nothing")]
    [InlineData("defaults:\n  ssh_option: [Port]\n", "FILE line 2: --ssh-option: -o takes KEY=VALUE")]
    [InlineData("defaults:\n  jump: '-x'\n", "FILE line 2: --jump: the jump host '-x' contains invalid characters")]
    [InlineData("defaults:\n  user: \"a\\eb\"\n", "FILE line 2: --user: the user name 'a^[b' contains invalid characters")]
    [InlineData("defaults:\n  filter: '@nothing'\n", "FILE line 2: --filter: unknown group @nothing")]
    [InlineData("defaults:\n  script: /no/such\n", "FILE line 2: --script /no/such: No such file or directory")]
    [InlineData("groups:\n  default_source: nothing\n", "FILE line 2: unknown default source 'nothing'")]
    [InlineData("inventories: [broken.ini]\n", "DIR/broken.ini line 1: ")]
    public async Task AnErrorThatARunFindsNamesTheLine(string text, string message)
    {
        _folder.Write("broken.ini", "[web\n");
        var file = Write("config.yaml", text);
        var result = await VolleyRun.RunAsync("config", "check", file);
        Assert.Equal(("", 2), (result.Stdout, result.ExitCode));
        Assert.Contains(
            message.Replace("FILE", file, StringComparison.Ordinal).Replace("DIR", _folder.Path, StringComparison.Ordinal), result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesOfARunAreCheckedTogether()
    {
        Directory.CreateDirectory(_folder["user/volley"]);
        Directory.CreateDirectory(_folder["etc"]);
        var file = Write("user/volley/config.yaml", "profiles: {p: {cluster: shared}}\n");
        Write("etc/config.yaml", "clusters: {shared: {nodes: [a]}}\n");
        var start = SystemFiles.Start(_folder["etc"], "config", "check") with { Environment = VolleyRun.Start().WithVariable("XDG_CONFIG_HOME", _folder["user"]).Environment };
        var result = await ProgramRun.RunAsync(start);
        Assert.Equal(($"{file}: valid\n/etc/volley/config.yaml: valid\n", "", 0), (result.Stdout, result.Stderr, result.ExitCode));
        // The file that a variable names is that of the run, too.
        var other = Write("other.yaml", "defaults: {parallel: x}\n");
        var named = await ProgramRun.RunAsync(VolleyRun.Start("config", "check").WithVariable("VOLLEY_CONFIG", other));
        Assert.Equal(($"volley: {other} line 1: --parallel takes a whole number of at least 1, not 'x'\n", 2), (named.Stderr, named.ExitCode));
    }

    [Theory]
    [InlineData("VOLLEY_USER", "-x", "--user: the user name '-x' contains invalid characters")]
    [InlineData("VOLLEY_JUMP", "-x", "--jump: the jump host '-x' contains invalid characters")]
    [InlineData("VOLLEY_HOSTS", "a;b", "--hosts: unexpected ';' in a host name")]
    [InlineData("VOLLEY_EXCLUDE", "@nothing", "--exclude: unknown group @nothing")]
    [InlineData("VOLLEY_CLUSTER", "nothing", "--cluster nothing: no cluster is configured")]
    [InlineData("VOLLEY_MAIN_RANK", "((", "--main-rank: the parentheses are empty")]
    [InlineData("VOLLEY_IDENTITY", "/no/such", "--identity /no/such: No such file or directory")]
    public async Task AnErrorOfAVariableNamesItWithTheOption(string variable, string value, string message)
    {
        string[] hosts = variable is "VOLLEY_HOSTS" or "VOLLEY_CLUSTER" ? [] : ["-H", "a"];
        foreach (var arguments in new string[][] { [.. hosts, "--dry-run", "true"], ["config", "check"] })
        {
            var result = await ProgramRun.RunAsync(VolleyRun.Start(arguments).WithVariable(variable, value));
            Assert.Equal(2, result.ExitCode);
            Assert.StartsWith($"volley: {variable}: {message}", result.Stderr, StringComparison.Ordinal);
        }
    }

    /// <summary>Returns the message of a run that refuses the file: one without a profile, or with a profile or cluster of the file.</summary>
    private static async Task<string?> FindRefusalAsync(string file, string text)
    {
        var selections = Profiles.Where(name => text.Contains($"  {name}:", StringComparison.Ordinal)).Select(name => new[] { "--profile", name })
            .Concat(Clusters.Where(name => text.Contains($"  {name}:", StringComparison.Ordinal)).Select(name => new[] { "-C", name })).Prepend([]);
        if (text.Contains("default_source", StringComparison.Ordinal))
            selections = selections.Append(["-H", "@*"]);
        foreach (var selection in selections)
        {
            try
            {
                await ResolveAsync(["--config", file, "--dry-run", .. selection]);
            }
            catch (Exception refusal) when (refusal is UsageException or ConfigurationException or HostListException or HostSourceException)
            {
                return refusal.Message;
            }
            catch (EmptySelectionException)
            {
                // The run is valid, and has no hosts.
            }
        }

        return await FindSourceFailureAsync(file, text);
    }

    private static async Task ResolveAsync(string[] arguments)
    {
        var request = Assert.IsType<RunRequest>(CommandLine.Parse([.. arguments, "true"], Variable));
        if (!request.Options.Hosts.NameHosts)
            request = Assert.IsType<RunRequest>(CommandLine.Parse([.. arguments, "-H", "h1", "true"], Variable));
        await new SettingsResolver(request.Options, new ProgramEnvironment
        {
            StdinIsTerminal = false,
            StdoutIsTerminal = false,
            StderrIsTerminal = false,
            Variable = Variable,
            OpenStandardInput = () => Stream.Null,
            AskPassword = () => throw new InvalidOperationException("a dry run asks nothing"),
            AskPassphrase = (_, _) => throw new InvalidOperationException("a dry run asks nothing"),
        }).ResolveAsync();
    }

    /// <summary>Returns the failure of an inventory, which a run that names a group of it refuses.</summary>
    private static async Task<string?> FindSourceFailureAsync(string file, string text)
    {
        if (!text.Contains("inventories", StringComparison.Ordinal))
            return null;
        try
        {
            await ResolveAsync(["--config", file, "--dry-run", "-H", "@ansible:*"]);
            return null;
        }
        catch (HostSourceException failure)
        {
            return failure.Message;
        }
    }

    private static string? Variable(string name) => name is "ANSIBLE_INVENTORY" ? "/none" : name is "HOME" or "CLUSTERSHELL_CFGDIR" ? "/none" : null;

    private static Gen<string> GenerateFile()
    {
        // Half of the files hold little, so that many are valid.
        var section = Choose(Options).Array[0, 2].Select(options => options.Length == 0 ? " {}\n" : $"\n{string.Concat(options.Select(option => $"    {option}\n"))}");
        var cluster = Gen.Select(Choose(Nodes).Array[1, 2], section, (nodes, options) =>
            $"\n    nodes: [{string.Join(", ", nodes)}]{(options[0] == '\n' ? options : "\n")}");
        var defaults = section.Select(text => $"defaults:{text}");
        var profiles = Gen.Select(section, section, (first, second) => $"profiles:\n  p1:{first}  p2:{second}");
        var clusters = Gen.Select(cluster, cluster, (first, second) => $"clusters:\n  c1:{first}  c2:{second}");
        var other = Choose(Others).Select(text => $"{text}\n");
        return Gen.Select(Gen.Int[1, 15], defaults, profiles, clusters, other, (mask, a, b, c, d) =>
            string.Concat(new[] { a, b, c, d }.Where((_, index) => (mask & (1 << index)) != 0)));
    }

    private static Gen<string> Choose(string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private string Write(string name, string text)
    {
        var file = _folder.Write(name, text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }
}
