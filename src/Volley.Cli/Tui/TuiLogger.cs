using Microsoft.Extensions.Logging;

namespace Volley.Cli.Tui;

/// <summary>A logger that passes the library's messages to a delegate.</summary>
/// <param name="lowest">The lowest level to pass on. Messages of level Information, which include those about connections, always pass.</param>
/// <param name="take">Receives each message.</param>
internal sealed class TuiLogger(LogLevel lowest, Action<LogLevel, string> take) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information || logLevel >= lowest;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            take(logLevel, formatter(state, exception) + Remedies.GetOption(exception));
    }
}
