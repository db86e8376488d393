using System.Collections.Immutable;
using Volley.Interop.Files;

namespace Volley.Transfers.Pulling;

/// <summary>The local places of a pull's targets, which differ in any case of letters.</summary>
internal sealed class PullPlaces
{
    private const string NameOfSource = "name";

    private readonly string _root;
    private readonly PathTemplate[] _directories;
    private readonly PathTemplate? _name;

    /// <param name="destination">The destination of the job.</param>
    /// <exception cref="ArgumentException">A placeholder is invalid.</exception>
    public PullPlaces(string destination)
    {
        var whole = PathTemplate.Parse(destination);
        if (!whole.HasPlaceholders)
        {
            _root = whole.LiteralText;
            _directories = [PathTemplate.Parse("{host}")];
            return;
        }

        var parts = destination.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(PathTemplate.Parse).ToArray();
        var first = Array.FindIndex(parts, part => part.HasPlaceholders);
        var root = string.Join('/', parts[..first].Select(part => part.LiteralText));
        _root = destination.StartsWith('/') ? $"/{root}" : first == 0 ? "." : root;
        var below = parts[first..];
        if (below[^1].Placeholders.Contains(NameOfSource))
            (_name, below) = (below[^1], below[..^1]);
        if (below.Any(part => part.Placeholders.Contains(NameOfSource)))
            throw new ArgumentException($"{destination}: {{{NameOfSource}}} can stand only in the last part");
        if (below.Any(part => !part.HasPlaceholders && !OpenDirectory.IsName(part.LiteralText)))
            throw new ArgumentException($"{destination}: '.' and '..' can't follow a placeholder");
        _directories = below;
    }

    /// <summary>Returns the place of each target, by index.</summary>
    /// <exception cref="ArgumentException">Two targets have the same place, or a target lacks an attribute.</exception>
    public ImmutableArray<PullPlace> ForTargets(ImmutableArray<Target> targets)
    {
        var hosts = FileNames.ForLabels(targets.Select(target => target.Label));
        var places = ImmutableArray.CreateBuilder<PullPlace>(targets.Length);
        var taken = new Dictionary<string, Target>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < targets.Length; i++)
        {
            var (target, host) = (targets[i], hosts[i]);
            ImmutableArray<string> directories = [.. _directories.Select(part => part.Expand(target, name => name == "host" ? host : null))];
            var place = new PullPlace(_root, directories, GetName);
            // No source has an empty name.
            var text = $"{string.Join('/', directories)}/{GetName("")}";
            if (!taken.TryAdd(text, target))
                throw new ArgumentException($"the files of {taken[text].Label} and {target.Label} would have the same place; use {{host}} in the destination");
            places.Add(place);

            string GetName(string source) => _name?.Expand(target, name => name switch { "host" => host, NameOfSource => source, _ => null }) ?? source;
        }

        return places.MoveToImmutable();
    }

    /// <inheritdoc cref="PullJob.PrepareDestination"/>
    public void Prepare()
    {
        using var directory = OpenDirectory.Make(_root);
        var name = RemotePath.CreateTemporary("check");
        directory.CreatePrivate(name).Dispose();
        directory.Delete(name);
    }
}

/// <summary>The local place of one target.</summary>
/// <param name="Root">The directory that the user named, whose links are followed.</param>
/// <param name="Directories">The names of the directories below it, in which no link is followed.</param>
/// <param name="GetName">Returns the name of the copy of a source, given the name of the source.</param>
internal sealed record PullPlace(string Root, ImmutableArray<string> Directories, Func<string, string> GetName)
{
    /// <summary>The path of the directory, for messages.</summary>
    public string Path => string.Join('/', Directories.Prepend(Root.TrimEnd('/')));

    /// <summary>Opens the directory, and creates it if it does not exist.</summary>
    /// <exception cref="IOException">It can't be created or opened, or is a link.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    public OpenDirectory Open()
    {
        var directory = OpenDirectory.Make(Root);
        foreach (var name in Directories)
        {
            using var parent = directory;
            // The system would only say that it is not a directory.
            if (parent.GetStatus(name) is { IsLink: true })
                throw new IOException("it is a symbolic link, which is not followed; name its target as the destination, or remove it");
            directory = parent.OpenOrMakeChild(name);
        }

        return directory;
    }
}
