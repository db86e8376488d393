namespace Volley.Transports.Pacing;

/// <summary>The number and duration of the retries of a <see cref="PacedTransport"/>.</summary>
internal sealed class RetryLimits(int retries = 0, TimeSpan? busyLimit = null)
{
    public static readonly TimeSpan DefaultBusyLimit = TimeSpan.FromSeconds(10);

    /// <summary>How often a failed connection is retried if a retry may help.</summary>
    public int Retries { get; } = Argument.AtLeast(0, retries, nameof(retries));

    /// <summary>How long a busy server is retried, independent of <see cref="Retries"/>.</summary>
    public TimeSpan BusyLimit { get; } = Argument.Time(busyLimit ?? DefaultBusyLimit, nameof(busyLimit));
}
