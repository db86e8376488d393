using System.Buffers;
using Volley.Interop.Files;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Cli.Completion;

/// <summary>The names in known_hosts files that are not hashed (SSH_KNOWN_HOSTS FILE FORMAT in sshd(8)).</summary>
internal static class KnownHostNames
{
    private const int BufferLength = 64 * 1024;

    private static readonly SearchValues<byte> InAddresses = SearchValues.Create("0123456789.:[]"u8);
    private static readonly SearchValues<byte> NotInNames = SearchValues.Create("*?!|"u8);

    /// <summary>Returns the names that begin with a text, each <c>host</c> or <c>host:port</c>. Addresses are returned only if the text is not empty.</summary>
    /// <param name="config">The configuration that states the files; null for the standard ones.</param>
    /// <param name="start">The text.</param>
    public static IReadOnlyList<string> Read(SshConfig? config, string start)
    {
        var names = new List<string>();
        var bytes = SystemText.Encode(start);
        foreach (var path in FindFiles(config ?? SshConfig.Load(SshConfigFiles.None)))
        {
            try
            {
                if (ReadableFile.Exists(path))
                    ReadFile(path, bytes, names);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // The run itself will report it.
            }
        }

        return names;
    }

    /// <summary>Adds the names of one line that begin with a text.</summary>
    public static void ReadLine(ReadOnlySpan<byte> line, ReadOnlySpan<byte> start, List<string> names)
    {
        var text = line.TrimStart(" \t"u8);
        // A hashed name begins with '|', and a line with a marker such as @revoked names no host to log in to.
        if (text.IsEmpty || text[0] is (byte)'#' or (byte)'|' or (byte)'@' || text.IndexOfAny((byte)' ', (byte)'\t') is not (>= 0 and var end))
            return;
        foreach (var range in text[..end].Split((byte)','))
        {
            var name = text[..end][range];
            if (name.IsEmpty || name.ContainsAny(NotInNames) || (start.IsEmpty && IsAddress(name)))
                continue;
            var close = name[0] == '[' ? name.IndexOf((byte)']') : -1;
            var host = close < 0 ? name : name[1..close];
            if (host.Contains((byte)':'))
            {
                // An IPv6 address needs brackets in an expression.
                var address = SystemText.Decode(close < 0 ? [(byte)'[', .. name, (byte)']'] : name);
                if (SystemText.Encode(address).AsSpan().StartsWith(start))
                    names.Add(address);
            }
            else if (close < 0 ? name.StartsWith(start) : host.StartsWith(start[..Math.Min(start.Length, host.Length)]))
            {
                names.Add(SystemText.Decode(host) + (close < 0 ? "" : SystemText.Decode(name[(close + 1)..])));
            }
        }
    }

    private static IEnumerable<string> FindFiles(SshConfig config)
    {
        try
        {
            // Files of single hosts are not read: the name stands for all others.
            var settings = config.Resolve("localhost");
            return settings.UserKnownHostsFiles.Concat(settings.GlobalKnownHostsFiles);
        }
        catch (SshException)
        {
            // The run itself will report it.
            return [];
        }
    }

    // In pieces, and without a string for each line: such files can be long, and a user waits.
    private static void ReadFile(string path, ReadOnlySpan<byte> start, List<string> names)
    {
        using var file = RegularFile.OpenStream(path);
        var buffer = new byte[BufferLength];
        for (var held = 0; ;)
        {
            var count = file.Read(buffer, held, buffer.Length - held);
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, held + count);
            for (int length; (length = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(length + 1)..])
                ReadLine(rest[..length], start, names);
            if (count == 0)
            {
                ReadLine(rest, start, names);
                return;
            }

            rest.CopyTo(buffer);
            held = rest.Length;
            if (held == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    private static bool IsAddress(ReadOnlySpan<byte> name) => !name.ContainsAnyExcept(InAddresses) || name.Count((byte)':') > 1;
}
