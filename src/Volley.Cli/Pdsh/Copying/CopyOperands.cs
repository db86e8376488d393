using System.Collections.Immutable;
using Volley.Cli.Pdsh.Hosts;
using Volley.Interop;

namespace Volley.Cli.Pdsh.Copying;

/// <summary>The operands of <c>pdcp</c> and <c>rpdcp</c>: the sources, and the destination as the last one.</summary>
/// <param name="arguments">The command line.</param>
/// <param name="context">The environment.</param>
internal sealed class CopyOperands(PdshArguments arguments, PdshContext context)
{
    private readonly string[] _sources = [.. arguments.Command.SkipLast(1)];
    private readonly string _destination = arguments.Command is [.., var last] ? last : "";

    /// <summary>Checks the operands, and returns the hosts. Like pdcp, it reports everything that is wrong with them at once.</summary>
    /// <exception cref="PdshException">An operand is missing or invalid, or there is no host.</exception>
    public async Task<ImmutableArray<PdshHost>> CheckAsync(HostSelection selection)
    {
        string[] wrongSources = [.. context.Verb == PdshVerb.Push ? FindErrors(_sources, arguments.IsRecursive).Select(context.Prefix) : []];
        string[] wrongOperands = [.. FindOperandErrors().Select(context.Prefix)];
        try
        {
            var hosts = await selection.SelectAsync();
            return wrongSources.Length + wrongOperands.Length == 0 ? hosts : throw new PdshException([.. wrongSources, .. wrongOperands]);
        }
        catch (PdshException none) when (none.Message == context.Prefix(HostSelection.NoHosts))
        {
            throw new PdshException([.. wrongSources, .. none.Lines, .. wrongOperands]);
        }
    }

    /// <summary>Creates the job.</summary>
    /// <exception cref="PdshException">A source can't be read.</exception>
    public Job CreateJob(ImmutableArray<Target> targets)
    {
        if (context.Verb == PdshVerb.Pull)
        {
            return new PullJob(_sources.Select(Literal), $"{Literal(_destination.TrimEnd('/'))}/{{name}}.{{host}}")
            {
                FilesOnly = !arguments.IsRecursive,
                FollowLinks = true,
                PreserveAttributes = arguments.Preserves,
            };
        }

        var job = new PushJob(_sources, Literal(MustBeDirectory ? $"{_destination.TrimEnd('/')}/." : _destination))
        {
            FollowLinks = true,
            PreserveAttributes = arguments.Preserves,
        };
        try
        {
            return job.CheckSources(targets) is [var skipped, ..] ? throw context.Error(NotRegular(skipped)) : job;
        }
        catch (Exception failure) when (failure is IOException or ArgumentException)
        {
            throw context.Error(failure.Message.EndsWith(Errno.Text(Errno.NoAccess), StringComparison.Ordinal)
                ? $"access: {failure.Message}"
                : failure is IOException ? $"can't stat {failure.Message}" : failure.Message);
        }
    }

    /// <summary>Whether the destination must be a directory that exists. Like pdcp, a copy creates none for its destination.</summary>
    private bool MustBeDirectory =>
        _sources.Length > 1 || _destination.EndsWith('/') || _sources.Any(source => FileStatus.Of(source) is { IsDirectory: true });

    /// <summary>Returns what is wrong with local sources.</summary>
    public static IEnumerable<string> FindErrors(IEnumerable<string> sources, bool isRecursive)
    {
        foreach (var source in sources)
        {
            if (source.Length == 0 || FileStatus.Of(source) is not { } status)
                yield return $"can't stat {source}";
            else if (status is { IsRegular: false, IsDirectory: false })
                yield return NotRegular(source);
            else if (status.IsDirectory && !isRecursive)
                yield return $"use -r to copy directories: {source}";
            else if (!FileCalls.CanRead(source, status.IsDirectory))
                yield return $"access: {source}: {Errno.Text(Errno.NoAccess)}";
        }
    }

    private IEnumerable<string> FindOperandErrors()
    {
        if (_sources.Length == 0 || _destination.Length == 0)
            yield return "pcp requires source and dest filenames";
        if (context.Verb != PdshVerb.Pull)
            yield break;
        var status = _sources.Length == 0 || _destination.Length == 0 ? null : FileStatus.Of(_destination);
        if (status is null && _sources.Length > 0)
            yield return $"can't stat {_destination}";
        if (status is not { IsDirectory: true })
            yield return "reverse copy dest must be a directory";
    }

    private static string NotRegular(string path) => $"not a regular file or directory: {path}";

    /// <summary>Returns the text that stands for a path in which braces have no meaning.</summary>
    private static string Literal(string path) =>
        path.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
