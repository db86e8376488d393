using System.Text.Json;
using Volley.Ssh;
using Xunit;

namespace Volley.Inventory.Tests;

public sealed class AnsibleTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    private static HostSources Sources(params string[] paths) => new StandardSources
    {
        Variable = _ => null,
        SshConfig = SshConfigFiles.None,
        Configuration = new() { Inventories = [.. paths.Select(path => new ConfiguredInventory(path, default))] },
        Disabled = ["netgroup"],
    }.Create();

    [Fact]
    public async Task AnIniInventoryIsThatOfAnsible()
    {
        string path = _folder.Write("hosts", """
            # comment
            alone ansible_host=10.0.0.1 rack=r0
            port.example.com:2222
            [2001:db8::1]:2200

            [web]
            www[01:06].example.com rack=r1 title="a b" # trailing
            web-[a:d] ansible_user='deploy'
            n[1:9:2]

            [db]
            db1 ansible_port=5022 ansible_host=fe80::5
            db2
            [01:03].db.example.com

            [prod:children]
            web
            db
            later

            [later]
            l1

            [web:vars]
            role=web
            ansible_user=www
            quoted='x y'

            [prod:vars]
            role = prod
            level=prod

            [all:vars]
            level=all
            everywhere=yes
            """);
        WriteVariables();
        await CompareAsync(path);
    }

    [Fact]
    public async Task AYamlInventoryIsThatOfAnsible()
    {
        string path = _folder.Write("hosts.yaml", """
            all:
              vars:
                everywhere: 'yes'
                level: all
              hosts:
                alone:
                  ansible_host: 10.0.0.1
              children:
                prod:
                  vars: { role: prod, level: prod }
                  children:
                    web:
                      hosts:
                        www[01:06].example.com: &w
                          rack: r1
                          ansible_port: 2022
                        web-[a:d]:
                          <<: *w
                          rack: r2
                      vars:
                        role: web
                    db:
                      hosts:
                        db1:
                        db2: { ansible_user: postgres }
                      vars:
            extra:
              hosts:
                www01.example.com:
                  only: here
            """);
        WriteVariables();
        await CompareAsync(path);
    }

    [Fact]
    public async Task ADynamicInventoryIsThatOfAnsible()
    {
        string path = _folder.WriteProgram("dynamic", """
            [ "$1" = --list ] || exit 9
            cat <<'EOF'
            {"web": {"hosts": ["w1", "w2"], "vars": {"role": "web", "n": 5}}, "db": ["d1"], "prod": {"children": ["web", "db"]},
             "_meta": {"hostvars": {"w1": {"ansible_host": "10.1.1.1", "rack": "r1", "list": [1]}, "d1": {"ansible_port": 2200}}}}
            EOF
            """);
        WriteVariables();
        await CompareAsync(path);
    }

    [Fact]
    public async Task ADynamicInventoryWithoutMetaIsAskedForEachHost()
    {
        string path = _folder.WriteProgram("dynamic", """
            case $1 in
            --list) echo '{"web": {"hosts": ["w1", "w2"]}, "db": ["d1"]}' ;;
            --host) case $2 in w1) echo '{"rack": "r1", "ansible_port": 2200}' ;; d1) echo '{"rack": "r2"}' ;; *) echo '{}' ;; esac ;;
            esac
            """);
        await CompareAsync(path);
        IReadOnlyList<KnownHost> hosts = await HostExpression.Parse("@db,@web").EvaluateAsync(Sources(path));
        Assert.Equal("d1=r2 w1:2200=r1 w2=", string.Join(' ', hosts.Select(host => $"{host}={host.Attributes.GetValueOrDefault("rack")}")));
    }

    [Theory]
    [InlineData("shared/dynamic")]
    [InlineData("link")]
    public async Task ADynamicInventoryBelowADirectoryThatOthersCanWriteIsNotRun(string name)
    {
        string path = _folder.WriteProgram("shared/dynamic", "echo '{}'");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), path);
        File.SetUnixFileMode(Path.Combine(_folder.Path, "shared"), (UnixFileMode)0x1ff);
        var error = await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@ansible:*", Sources(Path.Combine(_folder.Path, name))));
        Assert.Contains($"others can write to {_folder.Path}/shared, so the programs in it are not run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADirectoryOfInventoriesIsOneInventory()
    {
        _folder.Write("inv/a", "[web]\nw1\n");
        _folder.Write("inv/b.yaml", "web:\n  hosts:\n    w2:\ndb:\n  hosts:\n    d1:\n");
        _folder.Write("inv/notes.bak", "???");
        _folder.Write("inv/group_vars/web.yml", "rack: r5\n");
        await CompareAsync(Path.Combine(_folder.Path, "inv"));
    }

    private void WriteVariables()
    {
        _folder.Write("group_vars/all", "from_all: a\nrack: all\nnested: {x: 1}\n");
        _folder.Write("group_vars/web.yml", "from_web: w\neverywhere: web\n");
        _folder.Write("group_vars/db/main.yaml", "from_db: d\n");
        _folder.Write("group_vars/db/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n3132\n");
        _folder.Write("host_vars/db1.json", """{"rack": "host", "ansible_user": "dba"}""");
        _folder.Write("host_vars/w1", "rack: w1rack\n");
    }

    private async Task CompareAsync(string path)
    {
        Peer.Require("/usr/bin/ansible-inventory");
        // An encrypted file stops Ansible without its password.
        string vault = Path.Combine(_folder.Path, "group_vars/db/vault.yml");
        string? encrypted = File.Exists(vault) ? File.ReadAllText(vault) : null;
        if (encrypted is not null)
            File.Delete(vault);
        string[] output = Peer.Run("/usr/bin/ansible-inventory", ["--list", "-i", path], [], ("ANSIBLE_NOCOLOR", "1"), ("HOME", _folder.Path), ("ANSIBLE_CONFIG", _folder.Write("ansible.cfg", "")), ("PATH", "/usr/bin:/bin"));
        if (encrypted is not null)
            File.WriteAllText(vault, encrypted);
        using JsonDocument document = JsonDocument.Parse(string.Join('\n', output));
        HostSources sources = Sources(path);
        var all = await HostExpression.Parse("@ansible:*").EvaluateAsync(sources);
        var groups = document.RootElement.EnumerateObject().Where(group => group.Name != "_meta").ToDictionary(group => group.Name, group => group.Value);
        Assert.Equal(Members(groups, "all").Order(StringComparer.Ordinal), all.Select(host => host.Name.Host).Order(StringComparer.Ordinal));
        foreach (string group in groups.Keys)
        {
            var members = Members(groups, group).ToList();
            if (members.Count > 0)
                Assert.Equal(members.Order(StringComparer.Ordinal), (await HostExpression.Parse($"@ansible:{group}").EvaluateAsync(sources)).Select(host => host.Name.Host).Order(StringComparer.Ordinal));
        }
        JsonElement variables = document.RootElement.GetProperty("_meta").GetProperty("hostvars");
        foreach (KnownHost host in all)
        {
            var expected = variables.TryGetProperty(host.Name.Host, out JsonElement own)
                ? own.EnumerateObject().Where(property => property.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)).ToDictionary(property => property.Name, property => property.Value.ToString())
                : [];
            Assert.Equal(expected.OrderBy(pair => pair.Key, StringComparer.Ordinal), host.Attributes.OrderBy(pair => pair.Key, StringComparer.Ordinal));
            Assert.Equal(expected.GetValueOrDefault("ansible_user"), host.Name.User);
            Assert.Equal(expected.GetValueOrDefault("ansible_port"), host.Name.Port?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(expected.GetValueOrDefault("ansible_host"), host.Address);
        }
    }

    private static IEnumerable<string> Members(Dictionary<string, JsonElement> groups, string name)
    {
        if (!groups.TryGetValue(name, out JsonElement group))
            return [];
        var hosts = group.TryGetProperty("hosts", out JsonElement own) ? own.EnumerateArray().Select(host => host.GetString()!) : [];
        var inner = group.TryGetProperty("children", out JsonElement children) ? children.EnumerateArray().SelectMany(child => Members(groups, child.GetString()!)) : [];
        return hosts.Concat(inner).Distinct();
    }

    [Fact]
    public async Task ADynamicInventoryThatIsOnlyFoundIsNotRun()
    {
        string path = _folder.WriteProgram("dynamic", "touch " + Path.Combine(_folder.Path, "ran") + "; echo '{}'");
        HostSources sources = new StandardSources { Variable = name => name == "ANSIBLE_INVENTORY" ? path : null, SshConfig = SshConfigFiles.None }.Create();
        var error = await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@ansible:*", sources));
        Assert.Contains("is run only where 'inventories' in the configuration names it", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "ran")));
    }

    [Fact]
    public async Task ADynamicInventoryThatOthersCanWriteIsNotRun()
    {
        string path = _folder.Write("dynamic", "#!/bin/sh\necho '{}'\n", (UnixFileMode)0x1fd);
        Assert.Contains("others can write to it", (await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@ansible:*", Sources(path)))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dynamic", "#!/bin/sh\necho oops; exit 2\n", "exited with code 2")]
    [InlineData("dynamic", "#!/bin/sh\necho oops\n", "the output of --list is no JSON (line 1)")]
    [InlineData("dynamic", "#!/bin/sh\necho '{\"web\": 5}'\n", "the group 'web' is no object")]
    [InlineData("hosts", "[web\n", "hosts line 1: '[web' is no section")]
    [InlineData("hosts", "ok\n[web:hosts2]\n", "line 2: 'hosts2' is no kind of section")]
    [InlineData("hosts", "web1 rack\n", "line 1: 'rack' after the host is no variable; NAME=VALUE was expected")]
    [InlineData("hosts", "web[1:]\n", "line 1: '[1:]' in 'web[1:]' is no range")]
    [InlineData("hosts", "-oProxyCommand=x\n", "line 1: '-oProxyCommand=x' is no host name")]
    [InlineData("hosts", "a\nweb1 ansible_port=none\n", "line 2: the port of web1 is 'none'")]
    [InlineData("hosts", "a\nweb1 ansible_user='a b'\n", "line 2: the user of web1 is 'a b'; a login name was expected")]
    [InlineData("hosts", "web1 ansible_user=-x\n", "line 1: the user of web1 is '-x'; a login name was expected")]
    [InlineData("hosts", "web1 ansible_host='a,b'\n", "line 1: the address of web1 is 'a,b'; a host name or an address was expected")]
    [InlineData("hosts.yml", "web:\n  host:\n", "line 2: unexpected key 'host' in the group 'web'")]
    [InlineData("hosts.yml", "web: [a]\n", "line 1: a list is here; a mapping for the group 'web' was expected")]
    [InlineData("hosts.yml", "web: {\n", "line 2: the YAML is invalid")]
    [InlineData("hosts", "[a:children]\nb\n[b:children]\na\n", "line 4: the group 'a' contains itself through 'b'")]
    public async Task AnErrorStatesSourcePathLineAndWhatWasExpected(string name, string text, string message)
    {
        string path = _folder.Write(name, text, name == "dynamic" ? (UnixFileMode)0x1c0 : (UnixFileMode)0x180);
        var error = await Assert.ThrowsAsync<HostSourceException>(() => Evaluation.RunAsync("@ansible:*", Sources(path)));
        Assert.StartsWith($"ansible: {path}", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prod.ini", "prod", "ansible")]
    [InlineData("ansible.ini", "ansible2", "ansible")]
    [InlineData("genders", "genders2", "ansible")]
    [InlineData("slurmjob.ini", "slurmjob2", "ansible")]
    [InlineData("last.ini", "ansible2", "ansible")]
    [InlineData("2024.ini", "ansible2", "ansible")]
    [InlineData("a b.ini", "ansible2", "ansible")]
    public async Task AnInventoryOfTheCommandLineHidesNoOther(string file, string name, string configured)
    {
        string own = _folder.Write(file, "[web]\nw1\n");
        string other = _folder.Write("other", "[web]\nw2\n");
        foreach (string[] inventories in new string[][] { [other], [] })
        {
            HostSources sources = new StandardSources
            {
                Variable = key => key == "ANSIBLE_INVENTORY" ? _folder.Path + "/none" : null,
                SshConfig = SshConfigFiles.None,
                Configuration = new() { Inventories = [.. inventories.Select(path => new ConfiguredInventory(path, default))] },
                Inventories = [own],
                Disabled = ["netgroup"],
            }.Create();
            // Its name is the same with and without the other, and its groups come first.
            Assert.Equal("w1", Assert.Single(await HostExpression.Parse($"@{name}:web").EvaluateAsync(sources)).ToString());
            Assert.Equal("w1", Assert.Single(await HostExpression.Parse("@web").EvaluateAsync(sources)).ToString());
            if (inventories.Length > 0)
                Assert.Equal("w2", Assert.Single(await HostExpression.Parse($"@{configured}:web").EvaluateAsync(sources)).ToString());
            else
                await Assert.ThrowsAsync<HostListException>(() => Evaluation.RunAsync($"@{configured}:web", sources));
        }
    }

    [Fact]
    public async Task SecretsAreNoAttributes()
    {
        string path = _folder.Write("hosts", "a ansible_password=x ansible_become_pass=y api_token=z rack=r1\n");
        KnownHost host = Assert.Single(await HostExpression.Parse("@ansible:*").EvaluateAsync(Sources(path)));
        Assert.Equal(["rack"], host.Attributes.Keys);
    }
}
