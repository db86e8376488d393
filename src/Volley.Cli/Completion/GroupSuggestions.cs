using Volley.Inventory;

namespace Volley.Cli.Completion;

/// <summary>Completes the names of groups, of their sources, of clusters and of profiles.</summary>
/// <param name="options">The options in front of the unfinished argument.</param>
internal sealed class GroupSuggestions(SettledOptions options)
{
    private const int MaxDescription = 60;

    // Each of its groups is a host of ssh_config, which is completed without @.
    private const string HostAliases = "ssh";

    // Sources can ask programs that take longer than a user waits for a completion.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Completes what follows the first <c>@</c>: a group, <c>SOURCE:GROUP</c>, or <c>@SOURCE</c> for the names of its groups.</summary>
    public async ValueTask<IEnumerable<Suggestion>> CompleteAsync(string text)
    {
        if (text.StartsWith('@'))
            return (await GetSourcesAsync()).Select(source => source.After("@"));
        using var limit = new CancellationTokenSource(Limit);
        var sources = options.CreateSources();
        IReadOnlyList<IHostSource> all;
        try
        {
            all = await sources.OpenAllAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return [];
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            var source = options.FindRun(text[..colon]) ?? all.FirstOrDefault(source => source.Name == text[..colon]);
            return source is null ? [] : (await GetGroupsAsync(source, limit.Token)).Select(group => group.After(text[..(colon + 1)]));
        }

        // All are asked at once, so that a slow one holds up none. A group is looked up in the default source first, then in their order.
        var lookups = all.OrderBy(source => source.Name == sources.DefaultSource ? 0 : 1)
            .Where(source => source.Name != HostAliases)
            .Select(source => GetGroupsAsync(source, limit.Token)).ToArray();
        var groups = await Task.WhenAll(lookups);
        return all.Select(source => new Suggestion(source.Name + ":", source.Location))
            .Concat(groups.SelectMany(found => found))
            .Concat(options.GetRuns().Take(1))
            .DistinctBy(one => one.Text);
    }

    /// <summary>Returns the names of the sources.</summary>
    public async ValueTask<IEnumerable<Suggestion>> GetSourcesAsync() =>
        (await options.CreateSources().OpenAllAsync()).Select(source => new Suggestion(source.Name, source.Location));

    /// <summary>Returns the clusters of the configuration.</summary>
    public IEnumerable<Suggestion> GetClusters() => options.Configuration.Clusters.Values.Select(cluster =>
        new Suggestion(cluster.Name, Shorten(string.Join(',', cluster.Nodes.Select(node => node.Hosts)))));

    /// <summary>Returns the profiles of the configuration.</summary>
    public IEnumerable<Suggestion> GetProfiles() => options.Configuration.Profiles.Select(profile =>
        new Suggestion(profile.Key, Shorten(string.Join(' ', profile.Value.Select(value => $"{value.Key}={string.Join(',', value.Value.Values)}")))));

    private static async Task<IEnumerable<Suggestion>> GetGroupsAsync(IHostSource source, CancellationToken cancellationToken)
    {
        try
        {
            if (ReadableFile.IsPipe(source.Location))
                return [];
            var names = await source.GetGroupsAsync(cancellationToken);
            return names.Select(name => new Suggestion(name, $"group of {source.Name}"));
        }
        catch (Exception failure) when (failure is HostSourceException or HostListException or OperationCanceledException)
        {
            // The run itself will report it.
            return [];
        }
    }

    private static string Shorten(string text) => text.Length <= MaxDescription ? text : text[..(MaxDescription - 3)] + "...";
}
