using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Resolving;

/// <summary>Parses configuration files, and the files that they include, into blocks.</summary>
internal sealed class ConfigParser(SshConfigFiles files)
{
    /// <summary>The depth to which Include lines may nest, as in ssh.</summary>
    private const int MaxIncludeDepth = 16;

    /// <summary>Whether a parsed directive makes the settings of a host depend on another file, which is then examined for each host.</summary>
    public bool NamesFiles { get; private set; }

    /// <summary>Returns whether a directive makes the settings depend on another file.</summary>
    public static bool IsAboutFiles(string keyword) => keyword is "revokedhostkeys" or "controlpath";

    /// <summary>Whether a line was parsed that not every ssh accepts, so that only the installed ssh can tell.</summary>
    public bool HasUnjudgedLines { get; private set; }

    /// <summary>The names in the Host lines that were parsed.</summary>
    public HostAliases Aliases { get; } = new();

    /// <summary>The files read so far, and the variables that they refer to.</summary>
    public SshConfigSources Sources { get; } = new();

    /// <summary>Parses a file. A file that is missing or unreadable counts as empty.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isUserFile">
    /// Whether it is the user's file, or that of -F. Relative paths in its Include lines start in ~/.ssh, else in
    /// <see cref="SshConfigFiles.SystemDirectory"/>.
    /// </param>
    /// <param name="checkPermissions">Whether to reject a file that other users can write to.</param>
    public ConfigFile ReadIfExists(string path, bool isUserFile, bool checkPermissions)
    {
        if (!SystemFile.Exists(path))
            return ConfigFile.Empty;
        try
        {
            return Read(path, isUserFile, checkPermissions, depth: 0);
        }
        catch (Unreadable)
        {
            return ConfigFile.Empty;
        }
    }

    /// <summary>Parses the file of -F, which must exist.</summary>
    /// <exception cref="SshConfigException">The file can't be read, or ssh would refuse it.</exception>
    public ConfigFile Read(string path)
    {
        try
        {
            return Read(path, isUserFile: true, checkPermissions: false, depth: 0);
        }
        catch (Unreadable unreadable)
        {
            throw new ConfigPlace(path, 0).Error($"can't open it: {SystemMessage.Of(unreadable.InnerException!, path)}", unreadable.InnerException);
        }
    }

    private ConfigFile Read(string path, bool isUserFile, bool checkPermissions, int depth)
    {
        if (depth > MaxIncludeDepth)
            throw new ConfigPlace(path, 0).Error($"more than {MaxIncludeDepth} Include lines lead into one another");
        string[] lines;
        bool doubtful;
        try
        {
            // The stamp is taken before the read, so that a change in between is detected later.
            Sources.AddFile(path);
            string text = SystemText.Decode(RegularFile.ReadAllBytes(path));
            Sources.AddText(text);
            lines = text.Split('\n');
            doubtful = checkPermissions && FilePermissions.CheckIsDoubtful(path, files.UserId);
        }
        catch (UnsuitableFileException unsuitable)
        {
            throw new ConfigPlace(path, 0).Error(unsuitable.Message, unsuitable);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new Unreadable(exception);
        }

        var block = new ConfigBlock(condition: null);
        var blocks = new List<ConfigBlock> { block };
        if (doubtful)
            block.Add(new UnknownItem("permissions that let the group write", keyword: null, new(path, 0)));
        for (int i = 0; i < lines.Length; i++)
        {
            if (ConfigLine.Read(lines[i], new(path, i + 1)) is not { } line)
                continue;
            switch (line.Keyword)
            {
                case "host":
                    blocks.Add(block = new(new HostCondition(line)));
                    Aliases.Add(line.NonEmptyArguments());
                    break;
                case "match":
                    var condition = new MatchCondition(line);
                    blocks.Add(block = new(condition));
                    if (condition.Unsupported is { } criterion)
                        block.Add(new UnknownItem($"Match {criterion}", keyword: null, line.Place));
                    break;
                case "include":
                    block.Add(new IncludeItem(Include(line, isUserFile, depth)));
                    break;
                default:
                    var item = KeywordTable.Read(line, files, isUserFile);
                    NamesFiles |= IsAboutFiles(line.Keyword);
                    HasUnjudgedLines |= !item.IsJudged;
                    block.Add(item);
                    break;
            }
        }
        return new(blocks);
    }

    private List<ConfigFile> Include(ConfigLine line, bool isUserFile, int depth)
    {
        var included = new List<ConfigFile>();
        foreach (string word in line.NonEmptyArguments())
        {
            if (word[0] == '~' && !isUserFile)
                throw line.Error($"bad path {word}: the system's file includes nothing from home directories");
            foreach (string path in IncludePattern.Expand(Anchor(word, isUserFile)))
            {
                try
                {
                    included.Add(Read(path, isUserFile, checkPermissions: true, depth + 1));
                }
                catch (Unreadable unreadable)
                {
                    throw line.Error($"can't open {path}: {unreadable.InnerException!.Message}");
                }
            }
        }
        return included;
    }

    private string Anchor(string path, bool isUserFile)
    {
        if (path[0] == '~')
            return HomePath.Expand(path, files.IncludeHome) ?? path;
        if (path[0] == '/' || Path.IsPathRooted(path))
            return path;
        return isUserFile ? $"{files.IncludeHome}/.ssh/{path}" : $"{files.SystemDirectory}/{path}";
    }

    private sealed class Unreadable(Exception inner) : Exception(inner.Message, inner);
}
