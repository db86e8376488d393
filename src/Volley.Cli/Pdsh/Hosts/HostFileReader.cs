using Volley.Ssh.Files;
using Volley.Ssh.Text;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>
/// Reads host files: names separated by white space and commas, <c>#</c> starts a comment, and a line <c>#include NAME</c>
/// reads another file, once.
/// </summary>
/// <param name="context">Where messages go.</param>
/// <param name="folders">Where the files that are named by others are looked for; null for the folder of the first file.</param>
internal sealed class HostFileReader(PdshContext context, IReadOnlyList<string>? folders = null)
{
    private const string Include = "#include";

    private readonly HashSet<string> _seen = [];

    /// <exception cref="PdshException">A file can't be read, or holds what is no range.</exception>
    public List<string> Read(string path)
    {
        var hosts = new List<string>();
        var search = folders ?? [Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : "."];
        _seen.Add(path);
        Read(path, search, hosts);
        return hosts;
    }

    /// <summary>Reads a group by its name, which is that of a file in one of the folders.</summary>
    public List<string> ReadGroup(string name)
    {
        var hosts = new List<string>();
        _seen.Add(name);
        Read(Find(name, folders!), folders!, hosts);
        return hosts;
    }

    /// <summary>Reads what comes on standard input; there is nothing that its includes could be relative to but our folder.</summary>
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
            throw context.Fails($"{path}: {Reason(failure, path)}");
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
            context.Warn(context.Says($"warning: Ignoring invalid line: {line}"));
        else if (!_seen.Add(name))
            context.Warn(context.Says($"warning: file '{name}' included multiple times"));
        else
            Read(Find(name, search), search, hosts);
    }

    private string Find(string name, IReadOnlyList<string> search)
    {
        if (name is ['/' or '.', ..])
            return name;
        return search.Select(folder => Path.Combine(folder, name)).FirstOrDefault(SystemFile.Exists)
            ?? throw context.Fails($"{name}: No such file or directory");
    }

    private static string Reason(Exception failure, string path) => failure switch
    {
        // An empty name is no argument to .NET.
        ArgumentException => "No such file or directory",
        _ => SystemMessage.Of(failure, path),
    };
}
