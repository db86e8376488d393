namespace Volley.Cli.Run;

/// <summary>What a press of Ctrl+C means, which depends on the presses before it.</summary>
/// <param name="isBatch">Whether the first press ends the run.</param>
/// <param name="time">The clock.</param>
internal sealed class InterruptSequence(bool isBatch, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private long? _lastPress;

    /// <summary>What to do.</summary>
    internal enum Action
    {
        /// <summary>Show how far the run is.</summary>
        ShowStatus,

        /// <summary>End the run.</summary>
        Terminate,

        /// <summary>The run is being ended: don't wait any more.</summary>
        Kill,
    }

    /// <summary>A press.</summary>
    /// <param name="isStopping">Whether the run is being ended, for whatever reason.</param>
    public Action Press(bool isStopping)
    {
        if (isStopping)
            return Action.Kill;
        var isSecond = _lastPress is { } last && time.GetElapsedTime(last) <= Window;
        _lastPress = time.GetTimestamp();
        return isBatch || isSecond ? Action.Terminate : Action.ShowStatus;
    }
}
