namespace Volley;

/// <summary>When the commands of a run that has lost its targets are ended there.</summary>
public sealed record SupervisionSettings
{
    /// <summary>
    /// The time from the end of the connection, or of this process, to the end of the commands, at a target that learns of it. It is rounded up to whole
    /// seconds. The default is 2 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan CloseGrace { get; init => field = Argument.Time(value, nameof(CloseGrace)); } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The time without a sign of this process after which the commands are ended, because the network is gone, or the process or its machine is stopped
    /// or suspended. It is rounded up to whole seconds. The default is 30 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a second, or above 49 days.</exception>
    public TimeSpan HeartbeatLimit
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromSeconds(1), nameof(HeartbeatLimit));
            field = Argument.Time(value, nameof(HeartbeatLimit));
        }
    } = TimeSpan.FromSeconds(30);
}
