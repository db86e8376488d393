namespace Volley.Transports;

/// <summary>How often, and for how long, a <see cref="PacedTransport"/> tries again.</summary>
public sealed record PacedTransportOptions
{
    /// <summary>How often a connection that failed is tried again, where that may help; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Retries
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Retries), value, "not negative");
    }

    /// <summary>For how long a server that is too busy to talk is tried again, whatever <see cref="Retries"/> says; zero for not at all.</summary>
    public TimeSpan BusyLimit { get; init; } = TimeSpan.FromSeconds(10);
}
