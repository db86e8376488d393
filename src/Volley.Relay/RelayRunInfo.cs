namespace Volley.Relay;

/// <summary>A run that a server stores: it goes on, or has lost its controller.</summary>
/// <param name="Id">The id.</param>
/// <param name="Controller">USER@HOST of the controller.</param>
/// <param name="Title">The command as a user would type it.</param>
public sealed record RelayRunInfo(string Id, string Controller, string Title)
{
    /// <summary>The number of targets.</summary>
    public int Size { get; init; }

    /// <summary>The time of its start, by the clock of its first controller.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>The time at which the server last heard of the controller. A controller writes every 5 seconds.</summary>
    public DateTimeOffset Seen { get; init; }

    /// <summary>The number of targets that had ended then.</summary>
    public int Ended { get; init; }

    /// <summary>Whether its controller is there. If it is not, another program can attach to the run.</summary>
    public bool HasController { get; init; }
}
