using Microsoft.Extensions.Logging;

namespace Volley.Relay.Server;

/// <summary>
/// Sends what the NATS client logs to one logger, as details: it reports failures in exceptions and events, too, and logs each attempt to connect again as an
/// error.
/// </summary>
internal sealed class ServerLog(ILogger logger) : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => new Details(logger);

    public void Dispose()
    {
    }

    private sealed class Details(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(Lower(logLevel));

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var level = Lower(logLevel);
            if (inner.IsEnabled(level))
                inner.Log(level, eventId, state, exception, formatter);
        }

        private static LogLevel Lower(LogLevel level) => level > LogLevel.Debug ? LogLevel.Debug : level;
    }
}
