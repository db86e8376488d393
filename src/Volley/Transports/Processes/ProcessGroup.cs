using System.Globalization;

namespace Volley.Transports.Processes;

/// <summary>Reads the process table for what is left of a process group.</summary>
internal static class ProcessGroup
{
    private static readonly Lock Gate = new();
    private static HashSet<int> _living = [];
    private static long _scans;

    /// <summary>Whether the group has a living process; zombies, its leader's among them, do not count.</summary>
    public static bool IsAlive(int group)
    {
        // Many jobs that are stopped at once ask at once: a scan that began after the question serves them all.
        var scansBefore = Interlocked.Read(ref _scans);
        lock (Gate)
        {
            if (_scans < scansBefore + 2)
            {
                _living = Scan();
                Interlocked.Increment(ref _scans);
            }

            return _living.Contains(group);
        }
    }

    private static HashSet<int> Scan()
    {
        var living = new HashSet<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(Path.GetFileName(folder)[0]))
                continue;
            try
            {
                // proc(5): pid (name) state ppid pgrp …, and the name may hold anything.
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 4);
                if (fields[0] is not ("Z" or "X"))
                    living.Add(int.Parse(fields[2], CultureInfo.InvariantCulture));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked.
            }
        }

        return living;
    }
}
