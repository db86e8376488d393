using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Interactive;

/// <summary>The history of commands typed in this and earlier runs: <c>~/.pdsh/history</c>, the file that pdsh uses.</summary>
internal sealed class History
{
    private const int MaxLines = 1000;

    private readonly List<string> _lines;
    private readonly string? _path;

    private History(List<string> lines, string? path) => (_lines, _path) = (lines, path);

    public IReadOnlyList<string> Lines => _lines;

    public static History Open(PdshContext context)
    {
        if (context.Variable("HOME") is not { Length: > 0 } home)
            return new History([], null);
        var path = Path.Combine(home, ".pdsh", "history");
        try
        {
            return new History(SystemFile.Exists(path) ? [.. SystemFile.ReadAllLines(path).TakeLast(MaxLines)] : [], path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new History([], null);
        }
    }

    /// <summary>
    /// Adds a line, unless it is blank or equals the last one. If the file can't be written, the line is kept for this run only.
    /// </summary>
    public void Add(string line)
    {
        if (line.Trim().Length == 0 || (_lines.Count > 0 && _lines[^1] == line))
            return;
        _lines.Add(line);
        if (_path is null)
            return;
        try
        {
            SystemFile.CreateDirectory(Path.GetDirectoryName(_path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var directory = SystemFile.Reach(Path.GetDirectoryName(_path)!);
            using var file = new FileStream(Path.Combine(directory, Path.GetFileName(_path)), new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(SystemText.Encode(line + "\n"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A history that can't be written must not keep the command from running.
        }
    }
}
