using System.Globalization;
using Volley.Interop.Text;
using Volley.Inventory.Yaml;

namespace Volley.Inventory.Configuration;

/// <summary>Reads values of options. Keys are long names; <c>_</c> stands for <c>-</c>, and bssh's names are accepted.</summary>
internal sealed class OptionReader(ConfigurationFile file, IReadOnlyCollection<string> options)
{
    private static readonly Dictionary<string, string> BsshNames = new() { ["ssh_key"] = "identity", ["jump_host"] = "jump" };

    public IReadOnlyDictionary<string, ConfiguredOption> Read(YamlNode node, string name)
    {
        var values = new Dictionary<string, ConfiguredOption>();
        foreach ((YamlScalar key, YamlNode value) in file.GetEntries(node, name))
            Add(values, key, value);
        return values;
    }

    /// <summary>Adds the value of one key.</summary>
    /// <exception cref="ConfigurationException">The key is unknown, or given twice.</exception>
    public void Add(Dictionary<string, ConfiguredOption> values, YamlScalar key, YamlNode value)
    {
        string option = BsshNames.GetValueOrDefault(key.Value) ?? key.Value.Replace('_', '-');
        if (!options.Contains(option))
            throw file.UnknownKey(key, options);
        IReadOnlyList<string> texts = option switch
        {
            "jump" => [ReadJump(value)],
            "identity" => [.. ConfigurationFile.GetItems(value).Select(item => SystemEnvironment.ExpandHome(file.GetText(item, key.Value), file.Variable))],
            _ => [.. ConfigurationFile.GetItems(value).Select(item => file.GetText(item, key.Value))],
        };
        if (!values.TryAdd(option, new(texts, file.GetPlace(key))))
            throw file.Error(key, $"the option '{option}' is set twice; remove one");
    }

    /// <summary>Returns jump hosts as <c>ssh -J</c> takes them: a text, or bssh's mapping of host, user, port and ssh_key.</summary>
    public string ReadJump(YamlNode node)
    {
        if (node is not YamlMap)
            return file.GetText(node, "the jump host");
        string? host = null, user = null;
        int? port = null;
        foreach ((YamlScalar key, YamlNode value) in file.GetEntries(node, "the jump host"))
        {
            switch (key.Value)
            {
                case "host":
                    host = file.GetText(value, key.Value);
                    break;
                case "user":
                    user = file.GetText(value, key.Value) is { Length: > 0 } name ? name : null;
                    break;
                case "port":
                    port = value.IsNull ? null : file.GetNumber(value, key.Value, 1, 65535);
                    break;
                case "ssh_key":
                    file.Warn(key, "the key of a jump host has no effect here; state it in ssh_config (IdentityFile)");
                    break;
                default:
                    throw file.UnknownKey(key, ["host", "user", "port", "ssh_key"]);
            }
        }
        if (string.IsNullOrEmpty(host))
            throw file.Error(node, "the jump host has no 'host'; write host: NAME");
        string bracketed = host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;
        string jump = string.Create(CultureInfo.InvariantCulture, $"{(user is null ? "" : $"{user}@")}{bracketed}{(port is null ? "" : $":{port}")}");
        return LoginRules.FindJumpFault(jump) is { } fault ? throw file.Error(node, fault) : jump;
    }
}
