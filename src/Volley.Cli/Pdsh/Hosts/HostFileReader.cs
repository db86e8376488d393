using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>
/// Reads host files. Names are separated by white space and commas, and <c>#</c> starts a comment. A line <c>#include NAME</c> includes
/// another file, at most once.
/// </summary>
/// <param name="context">Receives warnings.</param>
/// <param name="directories">The directories to search for included files; null for the directory of the first file.</param>
internal sealed class HostFileReader(PdshContext context, IReadOnlyList<string>? directories = null)
{
    private const string Include = "#include";

    private readonly HashSet<string> _seen = [];

    /// <exception cref="PdshException">A file can't be read, or contains an invalid range.</exception>
    public List<string> Read(string path)
    {
        var hosts = new List<string>();
        var search = directories ?? [Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : "."];
        _seen.Add(path);
        Read(path, search, hosts);
        return hosts;
    }

    /// <summary>Reads a group, which is a file in one of the directories.</summary>
    public List<string> ReadGroup(string name)
    {
        var hosts = new List<string>();
        _seen.Add(name);
        Read(Find(name, directories!), directories!, hosts);
        return hosts;
    }

    /// <summary>Reads standard input. Its includes are relative to the current directory.</summary>
    public List<string> Read(TextReader reader)
    {
        var hosts = new List<string>();
        Read(reader, ["."], hosts);
        return hosts;
    }

    private void Read(string path, IReadOnlyList<string> search, List<string> hosts)
    {
        try
        {
            using var reader = new SystemTextReader(SystemFile.OpenStream(path));
            Read(reader, search, hosts);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw context.Error($"{path}: {Reason(failure, path)}");
        }
    }

    private void Read(TextReader reader, IReadOnlyList<string> search, List<string> hosts)
    {
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith(Include, StringComparison.Ordinal))
            {
                ReadInclude(line, search, hosts);
                continue;
            }

            var comment = line.IndexOf('#', StringComparison.Ordinal);
            foreach (var name in HostItems.Names(comment < 0 ? line : line[..comment]))
                hosts.AddRange(HostRange.Expand(name, context));
        }
    }

    private void ReadInclude(string line, IReadOnlyList<string> search, List<string> hosts)
    {
        var words = line[Include.Length..].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (words is not [var name])
            context.Warn(context.Prefix($"warning: Ignoring invalid line: {line}"));
        else if (!_seen.Add(name))
            context.Warn(context.Prefix($"warning: file '{name}' included multiple times"));
        else
            Read(Find(name, search), search, hosts);
    }

    private string Find(string name, IReadOnlyList<string> search)
    {
        if (name is ['/' or '.', ..])
            return name;
        return search.Select(directory => Path.Combine(directory, name)).FirstOrDefault(SystemFile.Exists)
            ?? throw context.Error($"{name}: No such file or directory");
    }

    private static string Reason(Exception failure, string path) => failure switch
    {
        // .NET throws ArgumentException for an empty name.
        ArgumentException => "No such file or directory",
        _ => SystemMessage.Of(failure, path),
    };
}
