namespace Volley;

/// <summary>A connection that is kept open for later runs.</summary>
/// <param name="Host">The host as requested.</param>
/// <param name="User">The requested login name; null if ssh chose it.</param>
/// <param name="Port">The requested port; null if ssh chose it.</param>
/// <param name="Socket">The control socket.</param>
public sealed record KeptConnection(string Host, string? User, int? Port, string Socket)
{
    /// <summary>How long the connection has been open.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>The number of runs and ssh programs that use it at the moment.</summary>
    public int Users { get; init; }

    /// <summary>How long it stays open: from now if it is unused, else from the end of its use.</summary>
    public TimeSpan TimeLeft { get; init; }

    /// <summary>Whether its process responds.</summary>
    public bool IsResponsive { get; init; }
}
