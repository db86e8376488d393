using System.Text;
using Volley.Inventory.Expressions;
using Volley.Inventory.Programs;

namespace Volley.Inventory.ClusterShell;

/// <summary>A source whose groups are the output of shell commands: <c>map</c>, and optionally <c>all</c>, <c>list</c> and <c>reverse</c>.</summary>
/// <remarks>
/// As in ClusterShell, $GROUP, $NODE, $SOURCE and $CFGDIR are replaced in the text of a command, also within quotes, and the command runs in
/// $CFGDIR: the directory of its file in groups.conf.d, else that of the groups.conf with the highest precedence. Names of
/// groups and nodes hold no character that is special to a shell.
/// </remarks>
internal sealed class UpcallSource(
    string name, ConfigOption map, IReadOnlyDictionary<string, ConfigOption> options, string configDirectory, TimeSpan cacheTime,
    TimeProvider time) : IHostSource
{
    private readonly Dictionary<(string Command, string Argument), (string Output, long At)> _cache = [];
    private readonly Dictionary<(string Command, string Argument), HostSourceException> _failures = [];
    private HostSourceException? _timeout;

    public string Name => name;

    public string Location => map.Place.Path;

    public string? ListObstacle => options.ContainsKey("list") ? null : $"its section has no 'list' command ({map.Place})";

    public async ValueTask<IReadOnlyList<KnownHost>?> LookupAsync(string group, HostLookup lookup)
    {
        string output = await CallAsync(map, "GROUP", group, lookup.CancellationToken).ConfigureAwait(false);
        if (!IsEmpty(output))
            return await ExpandAsync(output, map, lookup).ConfigureAwait(false);
        // The commands of most configurations print nothing for an unknown group.
        return (await GetGroupsAsync(lookup.CancellationToken).ConfigureAwait(false)).Contains(group) ? [] : null;
    }

    public async ValueTask<IReadOnlyList<KnownHost>> GetAllAsync(HostLookup lookup)
    {
        if (options.GetValueOrDefault("all") is { } all)
            return await ExpandAsync(await CallAsync(all, "", "", lookup.CancellationToken).ConfigureAwait(false), all, lookup).ConfigureAwait(false);
        var hosts = new List<KnownHost>();
        foreach (string group in await GetGroupsAsync(lookup.CancellationToken).ConfigureAwait(false))
            hosts.AddRange(await LookupAsync(group, lookup).ConfigureAwait(false) ?? []);
        return MemberSet.CreateSet(hosts).Hosts;
    }

    public async ValueTask<IReadOnlyList<string>> GetGroupsAsync(CancellationToken cancellationToken) => options.GetValueOrDefault("list") is { } list
        ? Names(await CallAsync(list, "", "", cancellationToken).ConfigureAwait(false))
        : [];

    public async ValueTask<IReadOnlyList<string>> FindGroupsAsync(string host, HostLookup lookup)
    {
        if (options.GetValueOrDefault("reverse") is { } reverse)
            return Names(await CallAsync(reverse, "NODE", host, lookup.CancellationToken).ConfigureAwait(false));
        var groups = new List<string>();
        foreach (string group in await GetGroupsAsync(lookup.CancellationToken).ConfigureAwait(false))
        {
            if ((await LookupAsync(group, lookup).ConfigureAwait(false))?.Any(member => member.Name.Host == host) == true)
                groups.Add(group);
        }
        return groups;
    }

    private static IReadOnlyList<string> Names(string output) =>
        [.. output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(word => GroupName.IsValid(word)).Distinct().Order(StringComparer.Ordinal)];

    private static bool IsEmpty(string output) => !output.AsSpan().ContainsAnyExcept(" \t\r\n,");

    private static async ValueTask<IReadOnlyList<KnownHost>> ExpandAsync(string output, ConfigOption command, HostLookup lookup)
    {
        var hosts = new List<KnownHost>();
        foreach (string line in output.Split('\n'))
            hosts.AddRange(await lookup.ExpandAsync(line, $"output of {command.Place}").ConfigureAwait(false));
        return MemberSet.CreateSet(hosts).Hosts;
    }

    private async ValueTask<string> CallAsync(ConfigOption command, string variable, string value, CancellationToken cancellationToken)
    {
        // A slash would end a pattern of sed, in which configurations use $GROUP.
        if (value.Length > 0 && (!GroupName.IsValid(value) || value.Contains('/', StringComparison.Ordinal)))
        {
            throw new HostSourceException(
                name, $"'{value}' can't be passed to a command; letters, digits and _ . - + = % : were expected", command.Place.Path, command.Place.Line);
        }
        (string, string) key = (command.Value, value);
        if (_cache.TryGetValue(key, out var cached) && time.GetElapsedTime(cached.At) < cacheTime)
            return cached.Output;
        // A failure is final. A command that takes its whole time limit is the last one, since the others are likely to take as long.
        if (_timeout is not null || _failures.ContainsKey(key))
            throw _timeout ?? _failures[key];
        try
        {
            string output = await RunAsync(command, Substitute(command.Value, variable, value), cancellationToken).ConfigureAwait(false);
            _cache[key] = (output, time.GetTimestamp());
            return output;
        }
        catch (HostSourceException failure)
        {
            _failures[key] = failure;
            if (failure.InnerException is TimeoutException)
                _timeout = failure;
            throw;
        }
    }

    private Task<string> RunAsync(ConfigOption command, string text, CancellationToken cancellationToken)
    {
        SourceFile.CheckTrusted(name, command.Place.Path);
        string[] arguments = ["/bin/sh", "-c", "cd -- \"$1\" && eval \"$2\"", "sh", configDirectory, text];
        return SourceProgram.RunAsync(name, arguments, command.Place, cancellationToken);
    }

    // The rules of Python's string.Template: $NAME, ${NAME} and $$; any other $ stays.
    private string Substitute(string command, string variable, string value)
    {
        var text = new StringBuilder();
        for (int i = 0; i < command.Length; i++)
        {
            if (command[i] != '$' || i + 1 == command.Length)
            {
                text.Append(command[i]);
                continue;
            }
            if (command[i + 1] == '$')
            {
                text.Append('$');
                i++;
                continue;
            }
            bool isBraced = command[i + 1] == '{';
            int start = i + (isBraced ? 2 : 1);
            int end = start;
            while (end < command.Length && (char.IsAsciiLetterOrDigit(command[end]) || command[end] == '_'))
                end++;
            string? replacement = !isBraced || (end < command.Length && command[end] == '}') ? Value(command[start..end]) : null;
            if (replacement is null)
            {
                text.Append('$');
                continue;
            }
            text.Append(replacement);
            i = isBraced ? end : end - 1;
        }
        return text.ToString();

        string? Value(string reference) =>
            reference == variable ? value : reference switch { "SOURCE" => name, "CFGDIR" => configDirectory, _ => null };
    }
}
