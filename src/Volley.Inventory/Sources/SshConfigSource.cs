using System.Buffers;
using Volley.Interop.Text;
using Volley.Inventory.Expressions;
using Volley.Inventory.Programs;
using Volley.Ssh;

namespace Volley.Inventory.Sources;

/// <summary>The hosts that <c>Host</c> lines of ssh_config(5) name, without patterns. Each name is a group, so <c>@ssh:web*</c> selects by wildcards.</summary>
internal sealed class SshConfigSource(SshConfigFiles files) : TableSource("ssh", files.OnlyFile ?? files.UserFile ?? files.SystemFile ?? "none")
{
    private const int MaxDepth = 16;

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("*?!@:[]");

    protected override ValueTask<GroupTable> ReadAsync(CancellationToken cancellationToken)
    {
        var table = new GroupTable();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        string?[] paths = files.OnlyFile is null ? [files.UserFile, files.SystemFile] : [files.OnlyFile == "none" ? null : files.OnlyFile];
        foreach (string path in paths.OfType<string>().Where(SystemFile.Exists))
        {
            foreach (string alias in Read(path, Path.GetDirectoryName(path) ?? "/", depth: 0))
            {
                if (!seen.Add(alias) || HostNames.TryParse(alias) is not { } name)
                    continue;
                var host = new KnownHost(name);
                table.Hosts.Add(host);
                table.Add(alias, host);
            }
        }
        return ValueTask.FromResult(table);
    }

    private IEnumerable<string> Read(string path, string directory, int depth)
    {
        if (depth > MaxDepth)
            throw new HostSourceException(Name, $"more than {MaxDepth} Include lines lead into one another", path);
        foreach ((string text, _) in SourceFile.ReadLines(Name, path))
        {
            string[] words = Split(text);
            if (words.Length < 2)
                continue;
            if (words[0].Equals("host", StringComparison.OrdinalIgnoreCase))
            {
                foreach (string alias in words[1..])
                {
                    // A pattern is no host, nor is a name that Volley can't take (ssh takes a user in front of it, for one).
                    if (alias.Length > 0 && !alias.AsSpan().ContainsAny(NotInNames) && GroupName.IsValid(alias))
                        yield return alias;
                }
            }
            else if (words[0].Equals("include", StringComparison.OrdinalIgnoreCase))
            {
                foreach (string included in words[1..].SelectMany(pattern => Expand(pattern, directory)))
                {
                    foreach (string alias in Read(included, directory, depth + 1))
                        yield return alias;
                }
            }
        }
    }

    // Words are separated by white space, the first one also by '='; a # outside of quotes starts a comment.
    private static string[] Split(string line)
    {
        var words = new List<string>();
        string rest = line.TrimStart();
        int keyword = rest.AsSpan().IndexOfAny(" \t=");
        if (rest.StartsWith('#') || keyword < 0)
            return [];
        words.Add(rest[..keyword]);
        rest = rest[keyword..].TrimStart(' ', '\t', '=');
        while (rest.Length > 0 && rest[0] != '#')
        {
            bool isQuoted = rest[0] == '"';
            int end = isQuoted ? rest.IndexOf('"', 1) : rest.AsSpan().IndexOfAny(" \t");
            end = end < 0 ? rest.Length : end;
            words.Add(rest[(isQuoted ? 1 : 0)..end]);
            rest = rest[Math.Min(rest.Length, end + (isQuoted ? 1 : 0))..].TrimStart(' ', '\t');
        }
        return [.. words];
    }

    private List<string> Expand(string pattern, string directory)
    {
        string path = pattern.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(files.HomeDirectory, pattern[2..]) : Path.Combine(directory, pattern);
        if (!path.AsSpan().ContainsAny('*', '?'))
            return SystemFile.Exists(path) ? [path] : [];
        // Wildcards stand in the last part of a path.
        string parent = Path.GetDirectoryName(path) ?? "/";
        TextPattern names = TextPattern.Create(Path.GetFileName(path));
        return [.. SourceFile.ReadNames(Name, parent)
            .Where(name => name[0] != '.' && names.IsMatch(name)).Select(name => Path.Combine(parent, name)).Where(SystemFile.Exists)];
    }
}
