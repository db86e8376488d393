using Microsoft.Extensions.Logging;

namespace Volley.Transports;

/// <summary>Reports channels that a server has opened although nothing asked for them. They were refused.</summary>
internal static partial class RefusedChannels
{
    /// <summary>Logs a warning. It does not block the caller, which receives for a connection.</summary>
    /// <param name="logger">The logger.</param>
    /// <param name="node">The name of the host in messages.</param>
    /// <param name="type">The type of the channel, as the server sent it.</param>
    public static void Report(ILogger logger, string node, string type)
    {
        if (logger.IsEnabled(LogLevel.Warning))
            ThreadPool.UnsafeQueueUserWorkItem(_ => Log(logger, node, type), null);
    }

    private static void Log(ILogger logger, string node, string type)
    {
        var purpose = type switch
        {
            "auth-agent@openssh.com" => "your agent, which is not forwarded",
            "x11" => "your X11 display, which is not forwarded",
            "forwarded-tcpip" or "forwarded-streamlocal@openssh.com" => "a forwarded port, which was not requested",
            "direct-tcpip" or "direct-streamlocal@openssh.com" => "other hosts through this machine",
            _ => null,
        };
        if (purpose is null)
            LogUnknown(logger, node, type);
        else
            LogRefused(logger, node, purpose);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node}: refused: the server tried to reach {Purpose}; it may be under an attacker's control")]
    private static partial void LogRefused(ILogger logger, string node, string purpose);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node}: refused: the server tried to open a channel of the type '{Type}'")]
    private static partial void LogUnknown(ILogger logger, string node, string type);
}
