using Volley.Ssh;

namespace Volley.Cli.Completion;

/// <summary>Completes the last item of a host expression.</summary>
/// <param name="options">The options in front of the unfinished argument.</param>
internal sealed class HostSuggestions(SettledOptions options)
{
    /// <summary>Completes an expression with operators, groups and files.</summary>
    public async ValueTask<IEnumerable<Suggestion>> CompleteAsync(string text)
    {
        var start = FindItem(text);
        var (before, item) = (text[..start], text[start..]);
        if (item.StartsWith('^'))
            return HostFileNames.Complete(item[1..]).Select(file => new Suggestion($"{before}^{file}", "host file", start));
        // @group, or user@@group.
        var group = item.StartsWith('@') ? 1 : item.IndexOf("@@", StringComparison.Ordinal) + 2;
        return group == 1 && !item.StartsWith('@')
            ? CompleteHost(before, item)
            : (await new GroupSuggestions(options).CompleteAsync(item[group..]))
                .Select(one => one with { Text = before + item[..group] + one.Text, Start = start });
    }

    /// <summary>Completes a list of hosts without operators and groups, such as the jump hosts of ssh.</summary>
    public IEnumerable<Suggestion> CompleteList(string text)
    {
        var start = text.LastIndexOf(',') + 1;
        return CompleteHost(text[..start], text[start..]);
    }

    /// <summary>Returns the position after the last operator outside of brackets.</summary>
    private static int FindItem(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && text[start] == '^')
                i++;
            else if (text[i] is '[' or ']')
                depth = text[i] == '[' ? 1 : 0;
            // At the start of an item, ^ is a file.
            else if (depth == 0 && (text[i] is ',' or '!' or '&' or '(' || char.IsWhiteSpace(text[i]) || (text[i] == '^' && i > start)))
                start = i + 1;
        }

        return start;
    }

    private IEnumerable<Suggestion> CompleteHost(string before, string item)
    {
        if (item.StartsWith('@'))
            return [];
        var user = item[..(item.LastIndexOf('@') + 1)];
        var name = item[user.Length..];
        var named = before.Split(',').ToHashSet();
        return FindHosts(name).Where(host => !named.Contains(user + host.Text))
            .Select(host => host with { Text = before + user + host.Text, Start = before.Length });
    }

    private IEnumerable<Suggestion> FindHosts(string start)
    {
        var config = ReadConfig();
        var seen = new HashSet<string>();
        foreach (var alias in config?.HostAliases ?? [])
        {
            if (alias.StartsWith(start, StringComparison.Ordinal) && IsHost(alias) && seen.Add(alias))
                yield return new Suggestion(alias, "ssh_config");
        }

        foreach (var name in KnownHostNames.Read(config, start))
        {
            if (name.StartsWith(start, StringComparison.Ordinal) && IsHost(name) && seen.Add(name))
                yield return new Suggestion(name, "known_hosts");
        }
    }

    private SshConfig? ReadConfig()
    {
        try
        {
            return SshConfig.Load(options.SshConfig);
        }
        catch (SshException)
        {
            // The run itself will report it.
            return null;
        }
    }

    /// <summary>Returns whether a name can be a host of an expression: a file can hold anything.</summary>
    private static bool IsHost(string name)
    {
        if (name.Length == 0 || name[0] == '-')
            return false;
        foreach (var character in name)
        {
            if (!char.IsLetterOrDigit(character) && character is not ('.' or '-' or '_' or ':' or '[' or ']'))
                return false;
        }

        return true;
    }
}
