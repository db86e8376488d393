using System.Globalization;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The note beside the socket of a master that outlives its run.</summary>
/// <param name="Socket">The path of the socket.</param>
/// <param name="Host">The host as the user named it.</param>
/// <param name="Started">When the master was started.</param>
/// <param name="Keep">How long the master lives after its last use.</param>
/// <param name="LastUsed">When the master was last used.</param>
internal sealed record MasterNote(string Socket, string Host, DateTimeOffset Started, TimeSpan Keep, DateTimeOffset LastUsed)
{
    /// <summary>The requested login name, or null.</summary>
    public string? User { get; init; }

    /// <summary>The requested port, or null.</summary>
    public int? Port { get; init; }

    /// <summary>The software name that the server sent; null if unknown.</summary>
    public string? Software { get; init; }

    /// <summary>Returns the note of a master that has just been started.</summary>
    public static MasterNote Create(string socket, Target target, string? software, SshOptions options, TimeSpan keep) =>
        new(socket, target.Host, DateTimeOffset.UtcNow, keep, DateTimeOffset.UtcNow)
        {
            User = target.User ?? options.User,
            Port = target.Port ?? options.Port,
            Software = software,
        };

    /// <summary>Reads a note. Returns null if it is not valid.</summary>
    public static MasterNote? Read(FileInfo file, string socket)
    {
        try
        {
            return File.ReadAllLines(file.FullName) is [var host, var started, var keep, var user, var port, .. var rest]
                ? new MasterNote(
                    socket,
                    host,
                    DateTimeOffset.FromUnixTimeSeconds(long.Parse(started, CultureInfo.InvariantCulture)),
                    TimeSpan.FromSeconds(long.Parse(keep, CultureInfo.InvariantCulture)),
                    file.LastWriteTimeUtc)
                {
                    User = user.Length > 0 ? user : null,
                    Port = port.Length > 0 ? int.Parse(port, CultureInfo.InvariantCulture) : null,
                    Software = rest is [{ Length: > 0 } software, ..] ? software : null,
                }
                : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Returns the text of the note, one line each: host, seconds since 1970, seconds to live, user, port, the server's software.</summary>
    public string Format() => string.Create(
        CultureInfo.InvariantCulture, $"{Host}\n{Started.ToUnixTimeSeconds()}\n{(long)Math.Ceiling(Keep.TotalSeconds)}\n{User}\n{Port}\n{Software}\n");
}
