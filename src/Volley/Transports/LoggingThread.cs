namespace Volley.Transports;

/// <summary>The threads on which transports log.</summary>
internal static class LoggingThread
{
    /// <summary>
    /// Continues on the thread pool, because a logger may block, and must not hold up the thread that watches the connections. Await it before logging,
    /// where the level is enabled.
    /// </summary>
    public static async Task SwitchAsync() => await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
}
