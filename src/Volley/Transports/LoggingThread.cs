using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Volley.Transports;

/// <summary>The threads on which transports log.</summary>
internal static class LoggingThread
{
    /// <summary>
    /// Continues on the thread pool, because a logger may block, and must not hold up the thread that watches the connections. Await it before logging,
    /// where the level is enabled.
    /// </summary>
    /// <remarks>Not a task, which may be completed by the time that it is awaited: then the caller would continue on its own thread.</remarks>
    public static ConfiguredTaskAwaitable SwitchAsync() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    /// <summary>Continues on the thread pool if a level is enabled. Completes at once if it is not, or if the caller is on the thread pool.</summary>
    /// <param name="logger">The logger.</param>
    /// <param name="level">The level of the message that follows.</param>
    public static ConfiguredTaskAwaitable SwitchAsync(ILogger logger, LogLevel level = LogLevel.Information) =>
        Thread.CurrentThread.IsThreadPoolThread || !logger.IsEnabled(level) ? Task.CompletedTask.ConfigureAwait(false) : SwitchAsync();
}
