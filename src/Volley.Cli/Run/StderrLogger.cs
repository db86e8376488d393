using Microsoft.Extensions.Logging;
using Volley.Cli.Terminal;

namespace Volley.Cli.Run;

/// <summary>Writes the library's log to standard error.</summary>
internal sealed class StderrLogger(TerminalWriter writer, LogLevel lowest) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= lowest;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            writer.PrintErr($"volley: {SafeText.Shorten(formatter(state, exception) + Remedies.GetOption(exception))}");
    }
}
