using Microsoft.Extensions.Logging;

namespace Volley.Cli.Tui;

/// <summary>Hands the library's log on.</summary>
/// <param name="lowest">The lowest level that was asked for; connection messages are taken in any case.</param>
/// <param name="take">Takes the messages.</param>
internal sealed class TuiLogger(LogLevel lowest, Action<LogLevel, string> take) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information || logLevel >= lowest;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            take(logLevel, formatter(state, exception));
    }
}
