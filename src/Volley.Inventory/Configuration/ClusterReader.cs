using System.Globalization;
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
        string? relay = null;
        foreach ((YamlScalar key, YamlNode value) in file.GetEntries(node, $"the cluster '{name.Value}'"))
        {
            if (key.Value == "nodes")
            {
                hasNodes = true;
                nodes.AddRange(ConfigurationFile.GetItems(value).Select(ReadNode));
            }
            else if (key.Value == KnownHost.RelayAttribute)
            {
                relay = file.GetText(value, key.Value);
            }
            else if (key.Value == "interactive")
            {
                file.Warn(key, "'interactive' sets bssh's interactive sessions, and has no effect");
            }
            else if (!options.Contains(key.Value.Replace('_', '-')) && key.Value is not ("ssh_key" or "jump_host"))
            {
                throw file.UnknownKey(key, ["nodes", KnownHost.RelayAttribute, .. options]);
            }
            else
            {
                _options.Add(defaults, key, value);
            }
        }
        if (nodes.Count == 0)
            throw file.Error(name, $"the cluster '{name.Value}' has no {(hasNodes ? "nodes" : "'nodes'")}; write nodes: [HOST, ...]");
        return new(name.Value, nodes, defaults, file.GetPlace(name)) { Relay = string.IsNullOrEmpty(relay) ? null : relay };
    }

    private ConfiguredNode ReadNode(YamlNode node)
    {
        if (node is not YamlMap)
        {
            string text = file.GetName(node, "a node", "a host or a group");
            _ = Parse(node, text);
            return new(text, file.GetPlace(node));
        }
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
                    user = Checked(value, file.GetText(value, key.Value), LoginRules.FindUserFault);
                    break;
                case "port":
                    port = value.IsNull ? null : file.GetNumber(value, key.Value, 1, 65535);
                    break;
                case "jump" or "jump_host":
                    jump = value.IsNull ? null : Checked(value, _options.ReadJump(value), LoginRules.FindJumpFault) ?? "";
                    break;
                case "attributes":
                    foreach ((YamlScalar attribute, YamlNode text) in file.GetEntries(value, "attributes"))
                        attributes.Add(attribute.Value, file.GetText(text, attribute.Value));
                    break;
                default:
                    throw file.UnknownKey(key, ["host", "port", "user", "jump", "attributes"]);
            }
        }
        if (string.IsNullOrEmpty(host))
            throw file.Error(node, "a node has no 'host'; write host: NAME");
        HostExpression expression = Parse(node, host);
        if (user is not null && expression.StatesUser)
            throw file.Error(node, $"the user is in 'host: {host}' and in 'user: {user}'; remove one");
        if (port is not null && expression.StatesPort)
            throw file.Error(node, string.Create(CultureInfo.InvariantCulture, $"the port is in 'host: {host}' and in 'port: {port}'; remove one"));
        return new(host, file.GetPlace(node)) { User = user, Port = port, Jump = jump, Attributes = attributes };
    }

    /// <summary>Returns a text without a fault; null for an empty one.</summary>
    private string? Checked(YamlNode node, string text, Func<string, string?> findFault) =>
        text.Length == 0 ? null : findFault(text) is { } fault ? throw file.Error(node, fault) : text;

    private HostExpression Parse(YamlNode node, string hosts)
    {
        try
        {
            HostExpression expression = HostExpression.Parse(hosts);
            return expression.ReadsFiles
                ? throw file.Error(node, $"invalid node '{hosts}': a cluster can't read a file or standard input; name the hosts or groups")
                : expression;
        }
        catch (HostListException error)
        {
            throw new ConfigurationException($"invalid node '{hosts}': {error.Message}", file.GetPlace(node), error);
        }
    }
}
