namespace Volley.Cli.Run;

/// <summary>Determines the action of a Ctrl+C from the presses before it.</summary>
/// <param name="isBatch">Whether the first press terminates the run.</param>
/// <param name="time">The clock.</param>
internal sealed class InterruptSequence(bool isBatch, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private long? _lastPress;

    /// <summary>The action of a press.</summary>
    internal enum Action
    {
        /// <summary>Show the status of the run.</summary>
        ShowStatus,

        /// <summary>Stop the run.</summary>
        Terminate,

        /// <summary>Stop without further waiting: a stop is in progress.</summary>
        Kill,
    }

    /// <summary>Returns the action of a press.</summary>
    /// <param name="isStopping">Whether the run is being stopped, for any reason.</param>
    public Action Press(bool isStopping)
    {
        if (isStopping)
            return Action.Kill;
        var isSecond = _lastPress is { } last && time.GetElapsedTime(last) <= Window;
        _lastPress = time.GetTimestamp();
        return isBatch || isSecond ? Action.Terminate : Action.ShowStatus;
    }
}
