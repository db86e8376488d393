namespace Volley;

/// <summary>The number and duration of the retries of a <see cref="PacedTransport"/>.</summary>
public sealed record PacedTransportOptions
{
    /// <summary>How often a failed connection is retried if a retry may help; at least 0. The default is 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Retries
    {
        get;
        init => field = Argument.AtLeast(0, value, nameof(Retries));
    }

    /// <summary>How long a busy server is retried, independent of <see cref="Retries"/>; zero for not at all. The default is 10 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan BusyLimit { get; init => field = Argument.Time(value, nameof(BusyLimit)); } = TimeSpan.FromSeconds(10);
}
