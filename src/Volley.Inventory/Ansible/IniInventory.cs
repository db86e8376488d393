using System.Text;
using Volley.Inventory.Programs;

namespace Volley.Inventory.Ansible;

/// <summary>Reads an inventory in Ansible's INI format.</summary>
internal sealed class IniInventory(AnsibleInventory inventory, string source, string path)
{
    public void Read()
    {
        string group = AnsibleInventory.Ungrouped;
        string kind = "hosts";
        foreach ((string text, int number) in SourceFile.ReadLines(source, path))
        {
            string line = text.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            FilePlace place = new(path, number);
            if (line[0] == '[' && ReadSection(line, place) is var (name, sectionKind))
            {
                (group, kind) = (name, sectionKind);
                _ = inventory.GetGroup(group);
            }
            else if (kind == "children")
            {
                inventory.AddChild(group, Words(line, place)[0], place);
            }
            else if (kind == "vars")
            {
                int equal = line.IndexOf('=', StringComparison.Ordinal);
                if (equal <= 0)
                    throw Fail($"'{line}' is no variable; NAME=VALUE was expected", place);
                AnsibleInventory.Set(inventory.GetGroup(group).Variables, line[..equal].Trim(), Unquote(line[(equal + 1)..].Trim()));
            }
            else
            {
                ReadHosts(group, Words(line, place), place);
            }
        }
    }

    // A host can begin with a bracket, too: [01:10].example.com.
    private (string Name, string Kind)? ReadSection(string line, FilePlace place)
    {
        int close = line.IndexOf(']', StringComparison.Ordinal);
        if (close < 0)
            throw Fail($"'{line}' is no section; [GROUP] was expected", place);
        string rest = line[(close + 1)..].TrimStart();
        if (rest.Length > 0 && rest[0] != '#')
            return null;
        string[] parts = line[1..close].Split(':');
        if (parts.Length > 2 || parts[0].Length == 0 || parts[0].Any(char.IsWhiteSpace))
            throw Fail($"'{line}' is no section; [GROUP], [GROUP:children] or [GROUP:vars] was expected", place);
        string kind = parts.Length == 1 ? "hosts" : parts[1];
        return kind is "hosts" or "children" or "vars"
            ? (parts[0], kind)
            : throw Fail($"'{kind}' is no kind of section; hosts, children or vars was expected", place);
    }

    private void ReadHosts(string group, List<string> words, FilePlace place)
    {
        (List<string> hosts, string? port) = HostRanges.Expand(words[0], source, place);
        foreach (string host in hosts)
        {
            inventory.AddHost(group, host, place);
            if (port is not null)
                inventory.SetVariable(host, "ansible_port", port);
            foreach (string word in words.Skip(1))
            {
                int equal = word.IndexOf('=', StringComparison.Ordinal);
                if (equal <= 0)
                    throw Fail($"'{word}' after the host is no variable; NAME=VALUE was expected", place);
                inventory.SetVariable(host, word[..equal], Unquote(word[(equal + 1)..]));
            }
        }
    }

    /// <summary>Splits a line as a shell does: quotes group, a backslash escapes, a <c>#</c> before a word starts a comment.</summary>
    private List<string> Words(string line, FilePlace place)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool isInWord = false;
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char character = line[i];
            if (character == '\\' && quote != '\'' && i + 1 < line.Length && (quote == '\0' || line[i + 1] is '"' or '\\'))
            {
                word.Append(line[++i]);
                isInWord = true;
            }
            else if (quote != '\0')
            {
                if (character == quote)
                    quote = '\0';
                else
                    word.Append(character);
            }
            else if (character is '"' or '\'')
            {
                quote = character;
                isInWord = true;
            }
            else if (char.IsWhiteSpace(character) || character == '#')
            {
                if (isInWord)
                    words.Add(word.ToString());
                word.Clear();
                isInWord = false;
                if (character == '#')
                    break;
            }
            else
            {
                word.Append(character);
                isInWord = true;
            }
        }
        if (quote != '\0')
            throw Fail("a quote is not closed", place);
        if (isInWord)
            words.Add(word.ToString());
        return words.Count > 0 ? words : throw Fail("a host is missing", place);
    }

    // Values are Python literals; of these, a text in quotes loses them.
    private static string Unquote(string value) =>
        value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] && value.IndexOf(value[0], 1) == value.Length - 1 ? value[1..^1] : value;

    private HostSourceException Fail(string message, FilePlace place) => new(source, message, place.Path, place.Line);
}
