using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Inventory;

/// <summary>
/// Reads the group files and host files of dsh and pdsh: names separated by white space and commas; <c>#</c> begins a comment, and a line
/// <c>#include NAME</c> includes another file, at most once.
/// </summary>
/// <param name="directories">The directories of group files, which are also searched for included files; null for host files, whose own directory is
/// searched.</param>
/// <example>
/// <code>
/// var reader = new DshFileReader(DshFileReader.FindDirectories(Environment.GetEnvironmentVariable));
/// if (reader.Find("web") is { } path)
///     Console.WriteLine(string.Join(' ', reader.Read(path, "web").Where(item => item.Kind == DshItemKind.Hosts).Select(item => item.Text)));
/// </code>
/// </example>
public sealed class DshFileReader(IReadOnlyList<string>? directories = null)
{
    private const string Source = "dsh";
    private const string Include = "#include";

    /// <summary>Returns the directories of group files: ~/.dsh/group, and those of DSHGROUP_PATH or /etc/dsh/group.</summary>
    /// <param name="variable">Returns the value of an environment variable, or null if it is not set.</param>
    public static IReadOnlyList<string> FindDirectories(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        string[] system = variable("DSHGROUP_PATH") is { Length: > 0 } path ? path.Split(':', StringSplitOptions.RemoveEmptyEntries) : ["/etc/dsh/group"];
        return variable("HOME") is { Length: > 0 } home ? [Path.Combine(home, ".dsh", "group"), .. system] : system;
    }

    /// <summary>Returns the path of a group: the name itself if it begins with a slash or a dot, else the first file in the directories, or null.</summary>
    /// <param name="name">The name of the group.</param>
    public string? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Find(name, directories ?? []);
    }

    /// <summary>Reads a file and what it includes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The name by which the file could include itself, or null for the path.</param>
    /// <exception cref="HostSourceException">A file can't be read. The inner exception is the failure of the system.</exception>
    public IEnumerable<DshItem> Read(string path, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        string own = Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : ".";
        return Read(Open(path), directories ?? [own], [name ?? path]);
    }

    /// <summary>Reads text and what it includes, relative to the current directory.</summary>
    /// <param name="reader">The text. The caller closes it.</param>
    /// <exception cref="HostSourceException">A file can't be read. The inner exception is the failure of the system.</exception>
    public IEnumerable<DshItem> Read(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return Read(new OpenFile(reader, "standard input", isOwned: false), directories ?? ["."], []);
    }

    /// <summary>Splits a text into items, except at separators within brackets. Empty items are left out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="separators">The separators.</param>
    public static IEnumerable<string> Split(string text, string separators = ", \t\r\n")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(separators);
        int start = 0, depth = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length)
            {
                depth += text[i] == '[' ? 1 : text[i] == ']' && depth > 0 ? -1 : 0;
                if (depth > 0 || !separators.Contains(text[i], StringComparison.Ordinal))
                    continue;
            }
            if (i > start)
                yield return text[start..i];
            start = i + 1;
        }
    }

    // A stack of its own, because files of others could include each other deeper than that of the thread.
    private IEnumerable<DshItem> Read(OpenFile first, IReadOnlyList<string> search, HashSet<string> seen)
    {
        var files = new Stack<OpenFile>();
        files.Push(first);
        try
        {
            while (files.TryPeek(out OpenFile? file))
            {
                if (file.ReadLine() is not { } line)
                {
                    files.Pop().Dispose();
                    continue;
                }
                FilePlace place = new(file.Path, file.Line);
                if (!line.StartsWith(Include, StringComparison.Ordinal))
                {
                    int comment = line.IndexOf('#', StringComparison.Ordinal);
                    foreach (string item in Split(comment < 0 ? line : line[..comment]))
                        yield return new(DshItemKind.Hosts, item, place);
                }
                else if (Split(line[Include.Length..], " \t\r").ToArray() is not [var name])
                {
                    yield return new(DshItemKind.InvalidInclude, line, place);
                }
                else if (!seen.Add(name))
                {
                    yield return new(DshItemKind.RepeatedInclude, name, place);
                }
                else if (Find(name, search) is { } included)
                {
                    files.Push(Open(included));
                }
                else
                {
                    yield return new(DshItemKind.MissingInclude, name, place);
                }
            }
        }
        finally
        {
            foreach (OpenFile file in files)
                file.Dispose();
        }
    }

    private static string? Find(string name, IReadOnlyList<string> search) => name is ['/' or '.', ..]
        ? name
        : search.Select(directory => Path.Combine(directory, name)).FirstOrDefault(SystemFile.Exists);

    // A host file may be a pipe, as the shell's <(command) is; the files of groups are found by their names.
    private OpenFile Open(string path) => Try(path, () => new OpenFile(
        new SystemTextReader(directories is null ? SystemFile.OpenStream(path) : RegularFile.OpenStream(path), RegularFile.MaxLength), path, isOwned: true));

    private static T Try<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (UnsuitableFileException unsuitable)
        {
            throw new HostSourceException(Source, unsuitable.Message, path, innerException: unsuitable);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure) || failure is ArgumentException)
        {
            throw new HostSourceException(Source, $"can't read it: {SystemMessage.Of(failure, path)}", path, innerException: failure);
        }
    }

    private sealed class OpenFile(TextReader reader, string path, bool isOwned) : IDisposable
    {
        public string Path => path;

        public int Line { get; private set; }

        public string? ReadLine()
        {
            Line++;
            return Try(path, reader.ReadLine);
        }

        public void Dispose()
        {
            if (isOwned)
                reader.Dispose();
        }
    }
}

/// <summary>An item of a file of dsh.</summary>
/// <param name="Kind">What the item is.</param>
/// <param name="Text">The host with its ranges; the name to include; or the whole line, if it is an invalid <c>#include</c>.</param>
/// <param name="Place">The file and line.</param>
public readonly record struct DshItem(DshItemKind Kind, string Text, FilePlace Place);

/// <summary>The kind of an item in a file of dsh.</summary>
public enum DshItemKind
{
    /// <summary>Hosts.</summary>
    Hosts,

    /// <summary>An <c>#include</c> that does not name one file, and is passed over.</summary>
    InvalidInclude,

    /// <summary>An <c>#include</c> of a file that was already read, and is passed over.</summary>
    RepeatedInclude,

    /// <summary>An <c>#include</c> of a file that does not exist, and is passed over.</summary>
    MissingInclude,
}
