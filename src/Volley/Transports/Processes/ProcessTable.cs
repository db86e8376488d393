using System.Diagnostics;
using System.Globalization;

namespace Volley.Transports.Processes;

/// <summary>A snapshot of the living processes of this machine, without zombies.</summary>
internal sealed class ProcessTable
{
    // proc(5): pid (name) state ppid pgrp session …; the start time is the 22nd field.
    private const int StartField = 22 - 3;

    /// <summary>The age up to which a table counts as recent, unless reading one takes longer than a quarter of it.</summary>
    private static readonly TimeSpan RecentAge = TimeSpan.FromMilliseconds(40);

    private static readonly Lock Gate = new();
    private static ProcessTable? _last;
    private static TimeSpan _readingTime;

    private readonly long _time = Stopwatch.GetTimestamp();
    private readonly Dictionary<int, LivingProcess> _processes = [];
    private readonly HashSet<int> _groups = [];
    private readonly HashSet<int> _sessions = [];
    private ILookup<int, LivingProcess>? _children;
    private HashSet<string>? _marks;

    private ProcessTable()
    {
    }

    /// <summary>Returns a table that was read after a moment. Jobs that are stopped at the same time share one.</summary>
    /// <param name="moment">A timestamp of <see cref="Stopwatch"/>.</param>
    public static ProcessTable Since(long moment)
    {
        lock (Gate)
            return _last is { } last && last._time > moment ? last : Scan();
    }

    /// <summary>
    /// Returns a recent table. It may lack processes started within <see cref="RecentAge"/>, or within four times the duration of a scan if that is
    /// longer.
    /// </summary>
    public static ProcessTable Recent()
    {
        lock (Gate)
        {
            var age = _readingTime * 4 > RecentAge ? _readingTime * 4 : RecentAge;
            return _last is { } last && Stopwatch.GetElapsedTime(last._time) <= age ? last : Scan();
        }
    }

    /// <summary>Returns whether the process group has a living process.</summary>
    public bool HasGroup(int group) => _groups.Contains(group);

    /// <summary>Returns whether the session has a living process.</summary>
    public bool HasSession(int session) => _sessions.Contains(session);

    /// <summary>Returns whether one of the processes is alive. A process id that now belongs to another process does not count.</summary>
    public bool HasAnyOf(IReadOnlyList<LivingProcess> processes) =>
        processes.Any(process => _processes.TryGetValue(process.Id, out var now) && now.Start == process.Start);

    /// <summary>Returns the children of a process, their children, and so on.</summary>
    public IReadOnlyList<LivingProcess> DescendantsOf(int processId)
    {
        ILookup<int, LivingProcess> children;
        lock (Gate)
            children = _children ??= _processes.Values.ToLookup(process => process.Parent);
        List<LivingProcess> all = [.. children[processId]];
        for (var i = 0; i < all.Count; i++)
            all.AddRange(children[all[i].Id]);
        return all;
    }

    /// <summary>
    /// Returns whether a living process has a mark. The descendants of a marked child inherit it, in whatever session they are. Processes with an
    /// unreadable environment, and those started without the mark, are not found.
    /// </summary>
    public bool HasMark(CommandMark mark)
    {
        lock (Gate)
            return (_marks ??= ReadMarks()).Contains(mark.Value);
    }

    private HashSet<string> ReadMarks()
    {
        var marks = new HashSet<string>();
        foreach (var process in _processes.Values)
        {
            try
            {
                marks.UnionWith(CommandMark.ValuesIn(File.ReadAllBytes($"/proc/{process.Id}/environ")));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                // It ended during the scan, or belongs to another user.
            }
        }

        return marks;
    }

    private static ProcessTable Scan()
    {
        var table = new ProcessTable();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(Path.GetFileName(folder)[0]))
                continue;
            try
            {
                table.Add(File.ReadAllText(Path.Combine(folder, "stat")));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended during the scan.
            }
        }

        _readingTime = Stopwatch.GetElapsedTime(table._time);
        return _last = table;
    }

    private void Add(string stat)
    {
        // The name may contain any character, so the fields are counted from the last parenthesis.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', StartField + 2);
        if (fields[0] is "Z" or "X")
            return;
        var id = int.Parse(stat.AsSpan(0, stat.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
        _processes[id] = new LivingProcess(id, Number(1), ulong.Parse(fields[StartField], CultureInfo.InvariantCulture));
        _groups.Add(Number(2));
        _sessions.Add(Number(3));

        int Number(int field) => int.Parse(fields[field], CultureInfo.InvariantCulture);
    }
}

/// <summary>A process.</summary>
/// <param name="Id">The process id, which may be reused.</param>
/// <param name="Parent">Its parent's id.</param>
/// <param name="Start">The start time, in ticks since the machine booted.</param>
internal readonly record struct LivingProcess(int Id, int Parent, ulong Start);
