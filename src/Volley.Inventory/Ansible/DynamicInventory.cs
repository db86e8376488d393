using System.Text.Json;
using Volley.Inventory.Programs;

namespace Volley.Inventory.Ansible;

/// <summary>Reads the output of a dynamic inventory: an executable that prints JSON when it is called with <c>--list</c>.</summary>
internal sealed class DynamicInventory(AnsibleInventory inventory, string source, string path)
{
    private const string Meta = "_meta";

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        SourceFile.CheckTrusted(source, path);
        string text = await SourceProgram.RunAsync(source, [Path.GetFullPath(path), "--list"], new(path, 0), cancellationToken).ConfigureAwait(false);
        bool hasVariables = Parse(text, "--list", "an object of groups", Read);
        // Without _meta, the variables of each host take a call of their own.
        if (hasVariables)
            return;
        foreach (string host in inventory.Hosts.ToArray())
        {
            if (host.StartsWith('-'))
                throw Fail($"the host '{host}' begins with '-', which a program would take for an option");
            string variables = await SourceProgram.RunAsync(
                source, [Path.GetFullPath(path), "--host", host], new(path, 0), cancellationToken).ConfigureAwait(false);
            Parse(variables, $"--host {host}", "an object of variables", root => ReadVariables(host, root));
        }
    }

    private T Parse<T>(string text, string call, string expected, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(string.IsNullOrWhiteSpace(text) ? "{}" : text);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(document.RootElement)
                : throw Fail($"the output of {call} is no object; {expected} was expected");
        }
        catch (JsonException failure)
        {
            throw new HostSourceException(
                source, $"the output of {call} is no JSON (line {failure.LineNumber + 1}); {expected} was expected", path, innerException: failure);
        }
    }

    /// <summary>Reads the groups. Returns whether the output has the variables of the hosts, too.</summary>
    private bool Read(JsonElement root)
    {
        foreach (JsonProperty group in root.EnumerateObject().Where(property => property.Name != Meta))
            ReadGroup(group.Name, group.Value);
        if (!root.TryGetProperty(Meta, out JsonElement meta) || meta.ValueKind != JsonValueKind.Object
            || !meta.TryGetProperty("hostvars", out JsonElement variables) || variables.ValueKind != JsonValueKind.Object)
        {
            return false;
        }
        foreach (JsonProperty host in variables.EnumerateObject())
        {
            inventory.AddHost(AnsibleInventory.Ungrouped, host.Name, new(path, 0));
            ReadVariables(host.Name, host.Value);
        }
        return true;
    }

    private bool ReadVariables(string host, JsonElement variables)
    {
        foreach ((string name, string value) in Scalars(variables))
            inventory.SetVariable(host, name, value);
        return true;
    }

    private void ReadGroup(string name, JsonElement value)
    {
        AnsibleGroup group = inventory.GetGroup(name);
        if (value.ValueKind == JsonValueKind.Array)
        {
            AddHosts(name, value);
            return;
        }
        if (value.ValueKind != JsonValueKind.Object)
            throw Fail($"the group '{name}' is no object; an object with hosts, children or vars, or a list of hosts was expected");
        if (value.TryGetProperty("hosts", out JsonElement hosts))
            AddHosts(name, hosts);
        if (value.TryGetProperty("vars", out JsonElement variables))
        {
            foreach ((string variable, string text) in Scalars(variables))
                AnsibleInventory.Set(group.Variables, variable, text);
        }
        if (value.TryGetProperty("children", out JsonElement children))
        {
            foreach (string child in Texts(children, name))
                inventory.AddChild(name, child, new(path, 0));
        }
    }

    private void AddHosts(string group, JsonElement hosts)
    {
        foreach (string host in Texts(hosts, group))
            inventory.AddHost(group, host, new(path, 0));
    }

    private IEnumerable<string> Texts(JsonElement list, string group)
    {
        if (list.ValueKind != JsonValueKind.Array)
            throw Fail($"a part of the group '{group}' is no list; a list of names was expected");
        return list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String
            ? item.GetString()!
            : throw Fail($"a name in the group '{group}' is no text; a text was expected"));
    }

    private static IEnumerable<(string Name, string Value)> Scalars(JsonElement map) => map.ValueKind != JsonValueKind.Object
        ? []
        : map.EnumerateObject().Where(property => property.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            .Select(property => (property.Name, property.Value.ValueKind == JsonValueKind.Null ? "" : property.Value.ToString()));

    private HostSourceException Fail(string message) => new(source, message, path);
}
