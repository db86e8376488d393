using System.Globalization;
using System.Text;

namespace Volley.Testing;

/// <summary>One process as /proc showed it.</summary>
public sealed record ProcessEntry(
    int Id, int Parent, int Group, int Session, char State, int UserId, string CommandLine)
{
    /// <summary>It has ended, but nobody has asked for its exit code yet.</summary>
    public bool IsZombie => State is 'Z' or 'X';
}

/// <summary>The machine's processes, read from /proc. Zombies are listed only by <see cref="All"/>.</summary>
public static class Processes
{
    /// <summary>All processes, zombies included.</summary>
    public static IReadOnlyList<ProcessEntry> All() =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? Find(id) : null)
            .OfType<ProcessEntry>()];

    /// <summary>All processes that have not ended.</summary>
    public static IReadOnlyList<ProcessEntry> Living() => [.. All().Where(process => !process.IsZombie)];

    /// <summary>One process, or null where there is none; it may be a zombie.</summary>
    public static ProcessEntry? Find(int processId)
    {
        var folder = $"/proc/{processId}";
        try
        {
            // The name stands in parentheses and may hold any character, parentheses too.
            var stat = File.ReadAllText($"{folder}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var user = File.ReadLines($"{folder}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
            var words = Encoding.UTF8.GetString(File.ReadAllBytes($"{folder}/cmdline")).TrimEnd('\0').Replace('\0', ' ');
            return new(processId, Number(fields[1]), Number(fields[2]), Number(fields[3]), fields[0][0],
                Number(user.Split('\t')[1]), words);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            // It ended while it was being read.
            return null;
        }
    }

    /// <summary>Whether it is there and has not ended.</summary>
    public static bool IsAlive(int processId) => Find(processId) is { IsZombie: false };

    /// <summary>Children, their children and so on, of a process; itself not.</summary>
    public static IReadOnlyList<ProcessEntry> Descendants(int processId)
    {
        var children = Living().ToLookup(process => process.Parent);
        var found = new List<ProcessEntry>(children[processId]);
        for (var i = 0; i < found.Count; i++)
            found.AddRange(children[found[i].Id]);
        return found;
    }

    public static IReadOnlyList<ProcessEntry> InGroup(int group) =>
        [.. Living().Where(process => process.Group == group)];

    public static IReadOnlyList<ProcessEntry> InSession(int session) =>
        [.. Living().Where(process => process.Session == session)];

    /// <summary>Those whose command line contains a text.</summary>
    public static IReadOnlyList<ProcessEntry> WithCommandLine(string text) =>
        [.. Living().Where(process => process.CommandLine.Contains(text, StringComparison.Ordinal))];

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

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
