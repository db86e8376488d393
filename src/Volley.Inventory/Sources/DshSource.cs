using Volley.Interop.Text;
using Volley.Inventory.Expressions;
using Volley.Inventory.Programs;

namespace Volley.Inventory.Sources;

/// <summary>The groups of dsh: files in ~/.dsh/group and in DSHGROUP_PATH or /etc/dsh/group. A line <c>#include NAME</c> includes another group.</summary>
internal sealed class DshSource(IReadOnlyList<string> directories) : IHostSource
{
    private const string Include = "#include";

    public string Name => "dsh";

    public string Location => string.Join(':', directories);

    /// <summary>Returns the directories to search.</summary>
    public static IReadOnlyList<string> FindDirectories(Func<string, string?> variable)
    {
        string[] system = variable("DSHGROUP_PATH") is { Length: > 0 } path ? path.Split(':', StringSplitOptions.RemoveEmptyEntries) : ["/etc/dsh/group"];
        return variable("HOME") is { Length: > 0 } home ? [Path.Combine(home, ".dsh", "group"), .. system] : system;
    }

    public ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup)
    {
        if (FindFile(group) is not { } path)
            return ValueTask.FromResult<IReadOnlyList<KnownHost>?>(null);
        var hosts = new List<KnownHost>();
        Read(path, hosts, [path]);
        return ValueTask.FromResult<IReadOnlyList<KnownHost>?>(hosts);
    }

    public async ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup)
    {
        var all = new List<KnownHost>();
        foreach (string group in await GetGroupsAsync(lookup.CancellationToken).ConfigureAwait(false))
            all.AddRange(await LookupAsync(group, lookup).ConfigureAwait(false) ?? []);
        return MemberSet.CreateSet(all).Hosts;
    }

    public ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<string>>(
        [.. directories.SelectMany(directory => SourceFile.ReadNames(Name, directory)).Where(IsGroup).Distinct().Order(StringComparer.Ordinal)]);

    private bool IsGroup(string name) => GroupName.IsValid(name) && name[0] != '.' && FindFile(name) is not null;

    private string? FindFile(string group) => group.Contains('/', StringComparison.Ordinal) || group is "." or ".."
        ? null
        : directories.Select(directory => Path.Combine(directory, group)).FirstOrDefault(SystemFile.Exists);

    private void Read(string path, List<KnownHost> hosts, HashSet<string> seen)
    {
        foreach ((string text, int number) in SourceFile.ReadLines(Name, path))
        {
            if (text.StartsWith(Include, StringComparison.Ordinal))
            {
                string name = text[Include.Length..].Trim();
                string included = (name is ['/' or '.', ..] ? name : FindFile(name))
                    ?? throw new HostSourceException(Name, $"the group '{name}' to include does not exist", path, number);
                if (seen.Add(included))
                    Read(included, hosts, seen);
                continue;
            }
            foreach (string item in SourceFile.SplitFields(text))
                hosts.AddRange(HostNames.Parse(Name, item.Trim(','), new(path, number)).Select(name => new KnownHost(name)));
        }
    }
}
