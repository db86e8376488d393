using System.Text;
using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Ssh.HostKeys;

/// <summary>
/// Adds and removes entries of known_hosts files, under the lock that also protects recorded keys. Lines of other hosts, comments and hashed names stay
/// as they are.
/// </summary>
internal static class KnownHostsEditor
{
    /// <summary>Adds the keys of a host, unless the file has one of the host. Returns whether they were added.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static bool Add(string path, string name, bool isHashed, IReadOnlyList<byte[]> keys)
    {
        CreateDirectory(path);
        using var file = LockedFile.Open(path);
        var text = Read(file.Content);
        if (Parse(text, path).Any(line => line.Known is { Marker: KnownHostMarker.None } known && known.Names.Match(name)))
            return false;
        var added = string.Concat(keys.Select(key => KnownHostLine.Write(name, isHashed, key)));
        file.Content.Position = file.Content.Length;
        file.Content.Write(Encoding.UTF8.GetBytes(text.Length > 0 && text[^1] != '\n' ? "\n" + added : added));
        return true;
    }

    /// <summary>Removes keys of a host. A line for several hosts loses only the name; a line with patterns stays. Returns the removed keys.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static IReadOnlyList<byte[]> Remove(string path, string name, Func<byte[], bool> isRemoved)
    {
        if (!SystemFile.Exists(path))
            return [];
        using var file = LockedFile.Open(path);
        var bytes = ReadBytes(file.Content);
        var removed = new List<byte[]>();
        var kept = new StringBuilder();
        foreach (var (line, known) in Parse(Encoding.UTF8.GetString(bytes), path))
        {
            if (known is { Marker: KnownHostMarker.None } && IsLiteral(known, name) && isRemoved(known.Blob))
            {
                removed.Add(known.Blob);
                kept.Append(WithoutName(line, known, name));
            }
            else
            {
                kept.Append(line);
            }
        }

        if (removed.Count > 0)
            Replace(file.Content, path, bytes, Encoding.UTF8.GetBytes(kept.ToString()));
        return removed;
    }

    /// <summary>Returns whether a line names the host itself, in clear or hashed, and not only by a pattern.</summary>
    private static bool IsLiteral(KnownHostLine line, string name) => line.Names.Literals?.Contains(name) ?? (line.Names.IsHashed && line.Names.Match(name));

    private static string WithoutName(string line, KnownHostLine known, string name)
    {
        if (known.Names.Literals is not { Count: > 1 })
            return "";
        var start = line.Length - line.TrimStart(' ', '\t').Length;
        var end = line.IndexOfAny([' ', '\t'], start);
        var left = line[start..end].Split(',').Where(one => !one.Equals(name, StringComparison.OrdinalIgnoreCase));
        return string.Join(',', left) is { Length: > 0 } names ? line[..start] + names + line[end..] : "";
    }

    /// <summary>Keeps the earlier content beside the file, as ssh-keygen does, and writes the new one in place, because others may wait for the lock.</summary>
    private static void Replace(FileStream content, string path, byte[] before, byte[] after)
    {
        var backup = path + ".old";
        if (SystemFile.Exists(backup))
            File.Delete(backup);
        using (var old = new FileStream(PosixFile.OpenToWrite(backup), FileAccess.Write, bufferSize: 0))
        {
            old.Write(before);
            old.SetLength(before.Length);
        }

        content.Position = 0;
        content.Write(after);
        content.SetLength(after.Length);
    }

    private static IEnumerable<(string Line, KnownHostLine? Known)> Parse(string text, string path)
    {
        var number = 0;
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            var line = text[start..end];
            yield return (line, KnownHostLine.Parse(line.TrimEnd('\n', '\r'), path, ++number));
            start = end;
        }
    }

    private static string Read(FileStream content) => Encoding.UTF8.GetString(ReadBytes(content));

    private static byte[] ReadBytes(FileStream content)
    {
        var bytes = new byte[content.Length];
        content.Position = 0;
        content.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Creates the directory of the file, as ssh creates ~/.ssh.</summary>
    private static void CreateDirectory(string path)
    {
        if (Path.GetDirectoryName(path) is not { Length: > 0 } folder || SystemFile.DirectoryExists(folder))
            return;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            SystemFile.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
