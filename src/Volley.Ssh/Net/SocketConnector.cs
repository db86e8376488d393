using System.Runtime.Versioning;
using Volley.Ssh.Net;

namespace Volley.Ssh;

/// <summary>The implementations of <see cref="ISocketConnector"/>.</summary>
public static class SocketConnector
{
    /// <summary>The environment variable that selects <see cref="Default"/> by name, for tests and measurements.</summary>
    public const string Variable = "VOLLEY_SOCKETS";

    private static readonly ISocketConnector? InlineEpoll = OperatingSystem.IsLinux() ? new EpollConnector(resumesInline: true) : null;

    /// <summary>Watches sockets with epoll(7) on threads of its own. Callers are resumed on the thread pool.</summary>
    [SupportedOSPlatform("linux")]
    public static ISocketConnector Epoll { get; } = new EpollConnector(resumesInline: false);

    /// <summary>Uses <see cref="System.Net.Sockets.Socket"/>.</summary>
    public static ISocketConnector Platform { get; } = new PlatformConnector();

    /// <summary>The connector that <see cref="Variable"/> selects; by default <see cref="Epoll"/> on Linux, and <see cref="Platform"/> elsewhere.</summary>
    public static ISocketConnector Default { get; } =
        Find(Environment.GetEnvironmentVariable(Variable)) ?? (OperatingSystem.IsLinux() ? Epoll : Platform);

    /// <summary>
    /// Returns a connector of the same kind that resumes callers on the threads that watch the sockets, if it has such threads. This saves thread
    /// switches, but a caller that blocks holds up all connections.
    /// </summary>
    public static ISocketConnector ResumingInline(ISocketConnector connector)
    {
        ArgumentNullException.ThrowIfNull(connector);
        return OperatingSystem.IsLinux() && ReferenceEquals(connector, Epoll) ? InlineEpoll! : connector;
    }

    /// <summary>Returns the connector with a name, <c>epoll</c> or <c>platform</c>; null if this system has none.</summary>
    public static ISocketConnector? Find(string? name) => name switch
    {
        "epoll" when OperatingSystem.IsLinux() => Epoll,
        "platform" => Platform,
        _ => null,
    };
}
