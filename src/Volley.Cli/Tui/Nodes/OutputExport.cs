using Volley.Interop.Files;

namespace Volley.Cli.Tui.Nodes;

/// <summary>Writes the output of nodes to files, byte for byte.</summary>
/// <param name="gate">The lock that guards the logs, which can grow during the export.</param>
/// <param name="names">The base names of the nodes' files, by the index of the target.</param>
internal sealed class OutputExport(Lock gate, IReadOnlyList<string> names)
{
    private const int MaxPartLength = 256 * 1024;

    /// <summary>
    /// Writes <c>NODE.stdout</c>, and <c>NODE.stderr</c> if there is such output, into a directory. Never overwrites a file.
    /// </summary>
    /// <returns>The number of files written.</returns>
    /// <exception cref="IOException">A file exists already, or can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory is not writable.</exception>
    public int Write(string path, IReadOnlyList<NodeState> nodes)
    {
        using var directory = OpenDirectory.Make(path);
        var taken = nodes.SelectMany(node => new[] { GetFileName(node, StreamKind.Stdout), GetFileName(node, StreamKind.Stderr) })
            .FirstOrDefault(name => directory.GetStatus(name) is not null);
        if (taken is not null)
            throw new IOException($"{taken} already exists");
        return nodes.Sum(node => Write(directory, node));
    }

    private int Write(OpenDirectory directory, NodeState node)
    {
        NodeLog log;
        NodeLog.Cursor cursor;
        lock (gate)
        {
            log = node.Log;
            cursor = log.From(0);
        }

        using var stdout = Create(directory, node, StreamKind.Stdout);
        FileStream? stderr = null;
        try
        {
            List<LogLine> part;
            do
            {
                lock (gate)
                    part = Take(log, cursor);
                foreach (var line in part)
                {
                    var file = line.Stream == StreamKind.Stdout ? stdout : stderr ??= Create(directory, node, StreamKind.Stderr);
                    file.Write(line.Bytes);
                    if (line.IsWhole)
                        file.WriteByte((byte)'\n');
                }
            }
            while (part.Count > 0);

            return stderr is null ? 1 : 2;
        }
        finally
        {
            stderr?.Dispose();
        }
    }

    private static List<LogLine> Take(NodeLog log, NodeLog.Cursor cursor)
    {
        var part = new List<LogLine>();
        for (var length = 0; length < MaxPartLength && cursor.Next() is { } line; length += line.Bytes.Length + 1)
            part.Add(line);
        // At the end, write the lines without a newline, once.
        if (part.Count == 0 && cursor.TakesIncomplete())
            part.AddRange(log.Read(cursor.Line, 2));
        return part;
    }

    private FileStream Create(OpenDirectory directory, NodeState node, StreamKind stream) => new(directory.Create(GetFileName(node, stream)), FileAccess.Write);

    private string GetFileName(NodeState node, StreamKind stream) =>
        $"{names[node.Target.Index]}.{(stream == StreamKind.Stdout ? "stdout" : "stderr")}";
}
