using Volley.Inventory.Programs;
using Volley.Inventory.Yaml;

namespace Volley.Inventory.Ansible;

/// <summary>Reads an inventory in Ansible's YAML format: groups with <c>hosts</c>, <c>children</c> and <c>vars</c>.</summary>
internal sealed class YamlInventory(AnsibleInventory inventory, string source, string path)
{
    public void Read()
    {
        YamlNode? document = YamlReader.Read(SourceFile.ReadText(source, path), (message, line) => new HostSourceException(source, message, path, line));
        if (document is null or { IsNull: true })
            return;
        foreach ((YamlScalar name, YamlNode group) in AsMap(document, "a mapping of groups").Entries)
            ReadGroup(name.Value, group);
    }

    private void ReadGroup(string name, YamlNode node)
    {
        AnsibleGroup group = inventory.GetGroup(name);
        if (node.IsNull)
            return;
        foreach ((YamlScalar key, YamlNode value) in AsMap(node, $"a mapping for the group '{name}'").Entries)
        {
            switch (key.Value)
            {
                case "hosts" or "vars" or "children" when value.IsNull:
                    break;
                case "hosts":
                    ReadHosts(name, value);
                    break;
                case "vars":
                    VariableFiles.Add(group.Variables, AsMap(value, "a mapping of variables"));
                    break;
                case "children":
                    foreach ((YamlScalar child, YamlNode inner) in AsMap(value, "a mapping of groups").Entries)
                    {
                        inventory.AddChild(name, child.Value, new(path, child.Line));
                        ReadGroup(child.Value, inner);
                    }
                    break;
                default:
                    throw new HostSourceException(
                        source, $"unexpected key '{key.Value}' in the group '{name}'; hosts, vars or children was expected", path, key.Line);
            }
        }
    }

    private void ReadHosts(string group, YamlNode node)
    {
        if (node is YamlScalar single)
        {
            AddHosts(group, single, variables: null);
            return;
        }
        foreach ((YamlScalar pattern, YamlNode variables) in AsMap(node, "a mapping of hosts").Entries)
            AddHosts(group, pattern, variables.IsNull ? null : AsMap(variables, $"a mapping of variables of '{pattern.Value}'"));
    }

    private void AddHosts(string group, YamlScalar pattern, YamlMap? variables)
    {
        FilePlace place = new(path, pattern.Line);
        (List<string> hosts, string? port) = HostRanges.Expand(pattern.Value, source, place);
        foreach (string host in hosts)
        {
            inventory.AddHost(group, host, place);
            if (port is not null)
                inventory.SetVariable(host, "ansible_port", port);
            foreach ((string name, string value) in VariableFiles.Scalars(variables))
                inventory.SetVariable(host, name, value);
        }
    }

    private YamlMap AsMap(YamlNode node, string expected) => node as YamlMap
        ?? throw new HostSourceException(source, $"{node.Kind} is here; {expected} was expected", path, node.Line);
}
