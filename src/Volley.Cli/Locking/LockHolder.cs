using System.Globalization;
using Volley.Interop.Text;

namespace Volley.Cli.Locking;

/// <summary>The run that holds a lock, as it has described itself in the file of the lock.</summary>
/// <param name="ProcessId">The id of its process.</param>
/// <param name="Since">When it took the lock.</param>
/// <param name="Command">What it does.</param>
internal sealed record LockHolder(int ProcessId, DateTimeOffset Since, string Command)
{
    private const int MaxCommandLength = 200;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:sszzz";

    /// <summary>Returns the description for the file.</summary>
    public byte[] Format()
    {
        var command = Command.Length > MaxCommandLength ? $"{Command[..MaxCommandLength]}..." : Command;
        return SystemText.Encode(string.Create(
            CultureInfo.InvariantCulture, $"{ProcessId}\n{Since.ToString(TimeFormat, CultureInfo.InvariantCulture)}\n{command.Replace('\n', ' ')}\n"));
    }

    /// <summary>
    /// Reads a description. Returns null for an empty file, or if its process has ended: then a run that was killed has left it, and the holder has not
    /// written its own yet.
    /// </summary>
    public static LockHolder? Parse(ReadOnlySpan<byte> content) =>
        SystemText.Decode(content).Split('\n') is [var id, var since, var command, ..]
            && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            && DateTimeOffset.TryParseExact(since, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            && Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}"))
            ? new LockHolder(process, time, command)
            : null;

    /// <summary>Returns <c>process 1234 since 2026-01-02 03:04:05: run ./deploy.sh</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"process {ProcessId} since {Since.LocalDateTime:yyyy-MM-dd HH:mm:ss}: {Command}");
}
