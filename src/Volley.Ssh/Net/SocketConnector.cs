using System.Runtime.Versioning;
using Volley.Interop;

namespace Volley.Ssh.Net;

/// <summary>The implementations of <see cref="ISocketConnector"/>.</summary>
internal static class SocketConnector
{
    private static readonly ISocketConnector? InlineEpoll = OperatingSystem.IsLinux() ? new EpollConnector(resumesInline: true) : null;

    /// <summary>Watches sockets with epoll(7) on threads of its own. Callers are resumed on the thread pool.</summary>
    [SupportedOSPlatform("linux")]
    public static ISocketConnector Epoll { get; } = new EpollConnector(resumesInline: false);

    /// <summary>Uses <see cref="System.Net.Sockets.Socket"/>.</summary>
    public static ISocketConnector Platform { get; } = new PlatformConnector();

    /// <summary>
    /// The connector that <see cref="SocketVariable"/> selects; by default <see cref="Epoll"/> on Linux, and <see cref="Platform"/> elsewhere.
    /// </summary>
    public static ISocketConnector Default { get; } = Environment.GetEnvironmentVariable(SocketVariable.Name) switch
    {
        SocketVariable.Epoll when OperatingSystem.IsLinux() => Epoll,
        SocketVariable.Platform => Platform,
        _ => OperatingSystem.IsLinux() ? Epoll : Platform,
    };

    /// <summary>Returns the connector of a kind.</summary>
    /// <exception cref="PlatformNotSupportedException">This system has none.</exception>
    public static ISocketConnector Get(SshSocketKind kind) => kind switch
    {
        SshSocketKind.Platform => Platform,
        SshSocketKind.Epoll => OperatingSystem.IsLinux() ? Epoll : throw new PlatformNotSupportedException("only Linux has epoll"),
        _ => Default,
    };

    /// <summary>
    /// Returns a connector of the same kind that resumes callers on the threads that watch the sockets, if it has such threads. This saves thread
    /// switches, but a caller that blocks holds up all connections.
    /// </summary>
    public static ISocketConnector ResumingInline(ISocketConnector connector)
    {
        ArgumentNullException.ThrowIfNull(connector);
        return OperatingSystem.IsLinux() && ReferenceEquals(connector, Epoll) ? InlineEpoll! : connector;
    }
}
