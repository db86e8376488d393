using System.Collections.Immutable;
using Volley.Interop;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Pushing;

/// <summary>The sources of a push as they were before the run, and the destination, for each target.</summary>
internal sealed class PushPlan
{
    private readonly Dictionary<Target, (ImmutableArray<LocalTree> Trees, string Destination)> _targets = [];

    /// <summary>Sockets, pipes and devices, which are not copied.</summary>
    public ImmutableArray<string> Skipped { get; private init; }

    /// <summary>Reads the sources.</summary>
    /// <exception cref="ArgumentException">A placeholder has no value at a target, or two sources have the same name.</exception>
    /// <exception cref="IOException">A source does not exist or can't be read.</exception>
    public static PushPlan Read(PushJob job, ImmutableArray<Target> targets)
    {
        var templates = job.Sources.Select(ToTemplate).ToArray();
        var destination = PathTemplate.Parse(job.Destination);
        var excluded = job.ExcludedPaths.Select(pattern => new PathPattern(pattern)).ToArray();
        var trees = new Dictionary<string, ImmutableArray<LocalTree>>();
        var perTarget = new Dictionary<Target, (ImmutableArray<LocalTree>, string)>();
        ImmutableArray<LocalTree>? shared = null;
        foreach (var target in targets)
        {
            var its = shared ?? GetTrees(target);
            if (!templates.Any(template => template.HasPlaceholders))
                shared = its;
            perTarget[target] = (its, destination.Expand(target));
        }

        var plan = new PushPlan { Skipped = [.. trees.Values.SelectMany(list => list).SelectMany(tree => tree.Skipped)] };
        foreach (var (target, its) in perTarget)
            plan._targets.Add(target, its);
        return plan;

        bool IsExcluded(string name, bool isDirectory) => Array.Exists(excluded, pattern => pattern.IsMatch(name, isDirectory));

        ImmutableArray<LocalTree> GetTrees(Target target)
        {
            ImmutableArray<LocalTree> its = [.. templates.Select(template => template.Expand(target)).SelectMany(path => ReadOperand(path))];
            if (its.GroupBy(tree => tree.Name).FirstOrDefault(group => group.Key.Length > 0 && group.Count() > 1) is { } same)
                throw new ArgumentException($"the sources {string.Join(" and ", same.Select(tree => tree.Path))} have the same name in the destination");
            CheckExcluded(job.ExcludedPaths, its, destination.Expand(target));
            if (job.Sync is { } sync)
                CheckSync(job, sync, its);
            return its;
        }

        ImmutableArray<LocalTree> ReadOperand(string path)
        {
            if (trees.TryGetValue(path, out var read))
                return read;
            List<string> paths = [path];
            if (FileStatus.OfName(path) is null && PathPattern.IsPattern(path))
            {
                paths = PathPattern.Expand(path, directory => FileCalls.Names(FileCalls.CurrentDirectory, directory, out _) ?? [])
                    .FindAll(found => FileStatus.OfName(found) is not null);
                if (paths.Count == 0)
                    throw new IOException($"{path}: no file matches the pattern");
            }

            return trees[path] = [.. paths.Select(one => LocalTree.Read(one, IsExcluded, job.FollowLinks))];
        }
    }

    /// <summary>Checks that no pattern begins above the top of a source, where it would exclude nothing.</summary>
    private static void CheckExcluded(ImmutableArray<string> patterns, ImmutableArray<LocalTree> trees, string destination)
    {
        foreach (var pattern in patterns)
        {
            if (destination.StartsWith('/') && IsBelow(pattern, destination.TrimEnd('/')))
                throw Above(pattern, destination);
            foreach (var tree in trees.Where(tree => tree.Root.Kind == LocalEntryKind.Directory))
            {
                if (IsBelow(pattern, tree.Path.TrimEnd('/')) && !HasEntry(tree, tree.Path))
                    throw Above(pattern, tree.Path);
                if (IsBelow(pattern, tree.Name) && !HasEntry(tree, tree.Name))
                    throw Above(pattern, tree.Name);
            }
        }

        static bool IsBelow(string pattern, string directory) =>
            directory.Length > 0 && pattern.Length > directory.Length + 1 && pattern.StartsWith($"{directory}/", StringComparison.Ordinal);

        static bool HasEntry(LocalTree tree, string name) => tree.Entries.Any(entry => entry.RelativeName == name.Trim('/'));

        static ArgumentException Above(string pattern, string directory) => new(
            $"the pattern '{pattern}' of excluded paths begins with '{directory}', "
                    + $"and patterns begin below that: '{pattern[(directory.TrimEnd('/').Length)..]}'");
    }

    private static void CheckSync(PushJob job, SyncOptions sync, ImmutableArray<LocalTree> trees)
    {
        if (trees.Length > 1)
            throw new ArgumentException($"a synchronization has one source, not {trees.Length}");
        if (!job.PreserveAttributes)
            throw new ArgumentException("a synchronization compares times, so it keeps modes and times");
        if (sync.Delete && trees[0].Root.Kind == LocalEntryKind.Directory && trees[0].Entries.Count == 1)
            throw new ArgumentException($"{trees[0].Path}: the source is empty, so that everything at the destination would be deleted");
    }

    /// <summary>Whether the plan has all of these targets.</summary>
    public bool Covers(ImmutableArray<Target> targets) => targets.All(_targets.ContainsKey);

    /// <summary>Returns the sources for a target.</summary>
    public ImmutableArray<LocalTree> GetTrees(Target target) => _targets[target].Trees;

    /// <summary>Returns the destination at a target.</summary>
    public string GetDestination(Target target) => _targets[target].Destination;

    // The name of an existing file contains no placeholders.
    private static PathTemplate ToTemplate(string path) => FileStatus.OfName(path) is null ? PathTemplate.Parse(path) : PathTemplate.Literal(path);
}
