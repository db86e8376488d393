using System.Globalization;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>What is written beside the socket of a master that outlives its run.</summary>
/// <param name="Socket">The path of its socket.</param>
/// <param name="Host">What the user called the host.</param>
/// <param name="Started">When it was started.</param>
/// <param name="Keep">How long it lives after its last use.</param>
/// <param name="LastUsed">When it was last used.</param>
internal sealed record MasterNote(string Socket, string Host, DateTimeOffset Started, TimeSpan Keep, DateTimeOffset LastUsed)
{
    /// <summary>Reads a note; null if it is none.</summary>
    public static MasterNote? Read(FileInfo file, string socket)
    {
        try
        {
            var lines = File.ReadAllLines(file.FullName);
            return lines is [var host, var started, var keep, ..]
                ? new MasterNote(
                    socket,
                    host,
                    DateTimeOffset.FromUnixTimeSeconds(long.Parse(started, CultureInfo.InvariantCulture)),
                    TimeSpan.FromSeconds(long.Parse(keep, CultureInfo.InvariantCulture)),
                    file.LastWriteTimeUtc)
                : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>The text of the note: host, seconds since 1970, seconds to live, a line each.</summary>
    public string Text() => string.Create(
        CultureInfo.InvariantCulture, $"{Host}\n{Started.ToUnixTimeSeconds()}\n{(long)Math.Ceiling(Keep.TotalSeconds)}\n");
}
