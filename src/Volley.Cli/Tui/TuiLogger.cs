using Microsoft.Extensions.Logging;

namespace Volley.Cli.Tui;

/// <summary>Hands the library's log on.</summary>
internal sealed class TuiLogger(Action<string> take) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            take(formatter(state, exception));
    }
}
