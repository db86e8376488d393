using Volley.Interop.Text;
using Volley.Inventory.Programs;
using Volley.Inventory.Yaml;

namespace Volley.Inventory.Ansible;

/// <summary>The files of variables beside an inventory, in <c>group_vars</c> and <c>host_vars</c>. Encrypted files are passed over.</summary>
internal sealed class VariableFiles(string source, string directory)
{
    private static readonly string[] Suffixes = ["", ".yml", ".yaml", ".json"];

    /// <summary>Returns the scalar variables of a group or host.</summary>
    /// <param name="kind">The directory: <c>group_vars</c> or <c>host_vars</c>.</param>
    /// <param name="name">The group or host.</param>
    /// <exception cref="HostSourceException">A file can't be read or parsed.</exception>
    public Dictionary<string, string> Read(string kind, string name)
    {
        var variables = new Dictionary<string, string>();
        string parent = Path.Combine(directory, kind);
        if (name.Contains('/', StringComparison.Ordinal) || name is "" or "." or ".." || !SystemFile.DirectoryExists(parent))
            return variables;
        foreach (string path in Suffixes.Select(suffix => Path.Combine(parent, name + suffix)))
        {
            if (SystemFile.DirectoryExists(path))
                ReadDirectory(path, variables, depth: 0);
            else if (SystemFile.Exists(path))
                ReadFile(path, variables);
        }
        return variables;
    }

    /// <summary>Returns the scalar values of a mapping.</summary>
    public static IEnumerable<(string Name, string Value)> Scalars(YamlMap? map) =>
        (map?.Entries ?? []).Where(entry => entry.Value is YamlScalar)
            .Select(entry => (entry.Key.Value, entry.Value.IsNull ? "" : ((YamlScalar)entry.Value).Value));

    public static void Add(Dictionary<string, string> variables, YamlMap map)
    {
        foreach ((string name, string value) in Scalars(map))
            AnsibleInventory.Set(variables, name, value);
    }

    private void ReadDirectory(string path, Dictionary<string, string> variables, int depth)
    {
        const int MaxDepth = 10;
        foreach (string name in SourceFile.ReadNames(source, path).Where(name => name[0] != '.' && name[^1] != '~'))
        {
            string child = Path.Combine(path, name);
            if (SystemFile.DirectoryExists(child))
            {
                if (depth < MaxDepth)
                    ReadDirectory(child, variables, depth + 1);
            }
            else if (Suffixes.Contains(Path.GetExtension(name)))
            {
                ReadFile(child, variables);
            }
        }
    }

    private void ReadFile(string path, Dictionary<string, string> variables)
    {
        string text = SourceFile.ReadText(source, path);
        if (text.StartsWith("$ANSIBLE_VAULT", StringComparison.Ordinal))
            return;
        YamlNode? document = YamlReader.Read(text, (message, line) => new HostSourceException(source, message, path, line));
        if (document is null or { IsNull: true })
            return;
        Add(variables, document as YamlMap ?? throw new HostSourceException(
            source, $"{document.Kind} is here; a mapping of variables was expected", path, document.Line));
    }
}
