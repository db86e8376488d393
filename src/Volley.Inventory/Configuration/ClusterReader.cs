using Volley.Inventory.Expressions;
using Volley.Inventory.Yaml;

namespace Volley.Inventory.Configuration;

/// <summary>Reads the clusters: <c>nodes</c>, and values of options for them.</summary>
internal sealed class ClusterReader(ConfigurationFile file, IReadOnlyCollection<string> options)
{
    private readonly OptionReader _options = new(file, options);

    public IReadOnlyDictionary<string, ConfiguredCluster> Read(YamlNode node)
    {
        var clusters = new Dictionary<string, ConfiguredCluster>();
        foreach ((YamlScalar key, YamlNode value) in file.GetEntries(node, "clusters"))
        {
            if (!GroupName.IsValid(key.Value) || key.Value.Contains(':', StringComparison.Ordinal))
                throw file.Error(key, $"'{key.Value}' is no valid name of a cluster; write letters, digits and _ . - + = %");
            clusters.Add(key.Value, ReadCluster(key, value));
        }
        return clusters;
    }

    private ConfiguredCluster ReadCluster(YamlScalar name, YamlNode node)
    {
        var nodes = new List<ConfiguredNode>();
        var defaults = new Dictionary<string, ConfiguredOption>();
        bool hasNodes = false;
        foreach ((YamlScalar key, YamlNode value) in file.GetEntries(node, $"the cluster '{name.Value}'"))
        {
            if (key.Value == "nodes")
            {
                hasNodes = true;
                nodes.AddRange(ConfigurationFile.GetItems(value).Select(ReadNode));
            }
            else if (key.Value == "interactive")
            {
                file.Warn(key, "'interactive' sets bssh's interactive sessions, and has no effect");
            }
            else if (!options.Contains(key.Value.Replace('_', '-')) && key.Value is not ("ssh_key" or "jump_host"))
            {
                throw file.UnknownKey(key, ["nodes", .. options]);
            }
            else
            {
                _options.Add(defaults, key, value);
            }
        }
        if (!hasNodes)
            throw file.Error(name, $"the cluster '{name.Value}' has no 'nodes'; write nodes: [HOST, ...]");
        return new(name.Value, nodes, defaults, file.GetPlace(name));
    }

    private ConfiguredNode ReadNode(YamlNode node)
    {
        if (node is not YamlMap)
            return Checked(new(file.GetText(node, "a node"), file.GetPlace(node)));
        string? host = null, user = null, jump = null;
        int? port = null;
        var attributes = new Dictionary<string, string>();
        foreach ((YamlScalar key, YamlNode value) in file.GetEntries(node, "a node"))
        {
            switch (key.Value)
            {
                case "host":
                    host = file.GetText(value, key.Value);
                    break;
                case "user":
                    user = value.IsNull ? null : GetName(value, key.Value);
                    break;
                case "port":
                    port = value.IsNull ? null : file.GetNumber(value, key.Value, 1, 65535);
                    break;
                case "jump" or "jump_host":
                    jump = value.IsNull ? null : _options.ReadJump(value);
                    break;
                case "attributes":
                    foreach ((YamlScalar attribute, YamlNode text) in file.GetEntries(value, "attributes"))
                        attributes.Add(attribute.Value, text.IsNull ? "" : file.GetText(text, attribute.Value));
                    break;
                default:
                    throw file.UnknownKey(key, ["host", "port", "user", "jump", "attributes"]);
            }
        }
        if (string.IsNullOrEmpty(host))
            throw file.Error(node, "a node has no 'host'; write host: NAME");
        return Checked(new(host, file.GetPlace(node)) { User = user, Port = port, Jump = jump, Attributes = attributes });
    }

    /// <summary>Reads a name that becomes an argument of a program, and appears on terminals.</summary>
    private string GetName(YamlNode node, string what)
    {
        string name = file.GetText(node, what);
        return name.StartsWith('-') || name.Any(char.IsControl) || name.Any(char.IsWhiteSpace)
            ? throw file.Error(node, $"the {what} of a node begins with '-', or has a control character or a space; write its name")
            : name;
    }

    private static ConfiguredNode Checked(ConfiguredNode node)
    {
        try
        {
            _ = HostExpression.Parse(node.Hosts);
            return node;
        }
        catch (HostListException error)
        {
            throw new ConfigurationException($"invalid node '{node.Hosts}': {error.Message}", node.Place, error);
        }
    }
}
