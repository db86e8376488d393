using System.Buffers;
using System.Globalization;
using System.Text;

namespace Volley.Testing;

/// <summary>One process as /proc showed it.</summary>
public sealed record ProcessEntry(
    int Id, int Parent, int Group, int Session, char State, int UserId, string CommandLine)
{
    /// <summary>The process has ended, but its exit code was not read yet.</summary>
    public bool IsZombie => State is 'Z' or 'X';
}

/// <summary>The machine's processes, read from /proc. Zombies are listed only by <see cref="All"/>.</summary>
public static class Processes
{
    /// <summary>All processes, zombies included.</summary>
    public static IReadOnlyList<ProcessEntry> All() => [.. Ids().Select(Find).OfType<ProcessEntry>()];

    /// <summary>All processes that have not ended.</summary>
    public static IReadOnlyList<ProcessEntry> Living() => Living(Ids());

    /// <summary>One process, or null where there is none; it may be a zombie.</summary>
    public static ProcessEntry? Find(int processId)
    {
        // A file that is missing now belongs to a process that ended while it was being read.
        if (Stat(processId) is not { } fields
            || Read($"/proc/{processId}/status")?.Split('\n').FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal)) is not { } user
            || CommandLine(processId) is not { } commandLine)
        {
            return null;
        }

        return new(processId, Number(fields[1]), Number(fields[2]), Number(fields[3]), fields[0][0], Number(user.Split('\t')[1]), commandLine);
    }

    /// <summary>Whether it is there and has not ended.</summary>
    public static bool IsAlive(int processId) => Find(processId) is { IsZombie: false };

    /// <summary>Children, their children and so on, of a process; itself not.</summary>
    public static IReadOnlyList<ProcessEntry> Descendants(int processId)
    {
        var children = Ids().ToLookup(id => Stat(id) is { } fields ? Number(fields[1]) : 0);
        var found = new List<int>(children[processId]);
        for (var i = 0; i < found.Count; i++)
            found.AddRange(children[found[i]]);
        return Living(found);
    }

    public static IReadOnlyList<ProcessEntry> InGroup(int group) => InGroups(new HashSet<int> { group });

    /// <summary>Those of any of these groups.</summary>
    public static IReadOnlyList<ProcessEntry> InGroups(IReadOnlySet<int> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return Living(Ids().Where(id => groups.Contains(Libc.GetGroup(id))));
    }

    public static IReadOnlyList<ProcessEntry> InSession(int session) => Living(Ids().Where(id => Libc.GetSession(id) == session));

    /// <summary>Those whose command line contains a text.</summary>
    public static IReadOnlyList<ProcessEntry> WithCommandLine(string text) =>
        Living(Ids().Where(id => CommandLine(id)?.Contains(text, StringComparison.Ordinal) is true));

    /// <summary>Waits for the end of any process, a child of ours or not; a zombie has ended. False when the time is over first.</summary>
    public static Task<bool> WaitForEndAsync(int processId, TimeSpan limit) =>
        // One thread a wait, because a pidfd is only told by poll(2).
        Task.Factory.StartNew(
            () =>
            {
                using var process = new ProcessHandle(processId);
                return process.Wait(limit);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Kills one; nothing happens once it has ended.</summary>
    public static void Kill(int processId) => _ = Libc.Kill(processId, Signals.Kill);

    private static IEnumerable<int> Ids() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0);

    // Tests look for a few processes among hundreds, so those are chosen by one cheap call or file, and only then read in full.
    private static ProcessEntry[] Living(IEnumerable<int> ids) =>
        [.. ids.Select(Find).OfType<ProcessEntry>().Where(process => !process.IsZombie)];

    /// <summary>The fields of proc_pid_stat(5) from the state on.</summary>
    private static string[]? Stat(int processId) =>
        // The name stands in parentheses and may hold any character, parentheses too.
        Read($"/proc/{processId}/stat") is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ') : null;

    private static string? CommandLine(int processId) => Read($"/proc/{processId}/cmdline")?.TrimEnd('\0').Replace('\0', ' ');

    /// <summary>A file of /proc; null once its process has ended.</summary>
    private static string? Read(string path)
    {
        var file = Libc.Open(path, Libc.CloseOnExec);
        if (file < 0)
            return null;
        try
        {
            var bytes = new ArrayBufferWriter<byte>();
            int count;
            while ((count = Libc.Read(file, bytes.GetSpan(4096))) > 0)
                bytes.Advance(count);
            return count == 0 ? Encoding.UTF8.GetString(bytes.WrittenSpan) : null;
        }
        finally
        {
            _ = Libc.Close(file);
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
