using Volley.Interop;

namespace Volley.Ssh.Config.Resolving;

/// <summary>The inputs of a configuration: the files that were read, and the environment variables that they refer to.</summary>
internal sealed class SshConfigSources
{
    private readonly List<string> _files = [];
    private readonly SortedSet<string> _variables = new(StringComparer.Ordinal);

    internal SshConfigSources()
    {
    }

    /// <summary>The stamps of the files, in the order of reading. A file without a stamp is listed by its path.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>The names of the variables.</summary>
    public IReadOnlyCollection<string> Variables => _variables;

    /// <summary>Adds a file before it is read.</summary>
    internal void AddFile(string path) => _files.Add(FileStatus.Stamp(path) ?? path);

    /// <summary>Adds the variables that the text of a file refers to.</summary>
    internal void AddText(string text)
    {
        foreach (string name in VariablesIn(text))
            _variables.Add(name);
    }

    /// <summary>
    /// Returns the names of the variables in a text, written as <c>$NAME</c> or <c>${NAME}</c>. ssh expands some of them; a shell that ssh starts
    /// expands the others.
    /// </summary>
    public static IEnumerable<string> VariablesIn(string text)
    {
        for (int dollar = text.IndexOf('$'); dollar >= 0; dollar = text.IndexOf('$', dollar + 1))
        {
            int start = dollar + 1 < text.Length && text[dollar + 1] == '{' ? dollar + 2 : dollar + 1;
            int end = start;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
                end++;
            if (end > start)
                yield return text[start..end];
        }
    }
}
