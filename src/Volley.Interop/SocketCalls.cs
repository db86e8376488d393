using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Volley.Interop;

/// <summary>System calls on non-blocking sockets (socket(7), tcp(7), unix(7)).</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class SocketCalls
{
    private const int StreamType = 1;            // SOCK_STREAM
    private const int NonBlocking = 0x800;       // SOCK_NONBLOCK
    private const int CloseOnExec = 0x80000;     // SOCK_CLOEXEC
    private const int NoSignal = 0x4000;         // MSG_NOSIGNAL
    private const int WritingDirection = 1;      // SHUT_WR
    private const int SocketLevel = 1;           // SOL_SOCKET
    private const int ErrorOption = 4;           // SO_ERROR
    private const int KeepAliveOption = 9;       // SO_KEEPALIVE
    private const int PeerOption = 17;           // SO_PEERCRED
    private const int TcpLevel = 6;              // IPPROTO_TCP
    private const int NoDelayOption = 1;         // TCP_NODELAY
    private const int IpLevel = 0;               // IPPROTO_IP
    private const int TypeOfServiceOption = 1;   // IP_TOS
    private const int Ipv6Level = 41;            // IPPROTO_IPV6
    private const int TrafficClassOption = 67;   // IPV6_TCLASS
    private const int Inet6 = 10;                // AF_INET6
    private const int Inet = 2;                  // AF_INET
    private const int Unix = 1;                  // AF_UNIX

    /// <summary>Creates a non-blocking stream socket.</summary>
    /// <exception cref="SocketException">There are too many open files, or the family is not supported.</exception>
    public static SafeFileHandle Open(AddressFamily family)
    {
        var domain = family switch { AddressFamily.InterNetworkV6 => Inet6, AddressFamily.InterNetwork => Inet, _ => Unix };
        var socket = Create(domain, StreamType | NonBlocking | CloseOnExec, 0);
        return socket >= 0 ? new SafeFileHandle(socket, ownsHandle: true) : throw Failure(Errno.Last);
    }

    /// <summary>Turns on TCP_NODELAY and SO_KEEPALIVE.</summary>
    public static void PrepareForTcp(SafeHandle socket)
    {
        var on = 1;
        // Neither can fail on a TCP socket.
        _ = SetOption(socket, TcpLevel, NoDelayOption, &on, sizeof(int));
        _ = SetOption(socket, SocketLevel, KeepAliveOption, &on, sizeof(int));
    }

    /// <summary>Sets the type of service of outgoing packets. The system may refuse, for example to a process that is not root.</summary>
    public static void SetTypeOfService(SafeHandle socket, AddressFamily family, int value) => _ = family == AddressFamily.InterNetworkV6
        ? SetOption(socket, Ipv6Level, TrafficClassOption, &value, sizeof(int))
        : SetOption(socket, IpLevel, TypeOfServiceOption, &value, sizeof(int));

    /// <summary>Starts to connect; returns 0, or an error number, which may be <see cref="Errno.InProgress"/>.</summary>
    public static int Connect(SafeHandle socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* start = address)
            return Connect(socket, start, (uint)address.Length) == 0 ? 0 : Errno.Last;
    }

    /// <summary>Binds to a local address; returns 0, or an error number.</summary>
    public static int Bind(SafeHandle socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* start = address)
            return Bind(socket, start, (uint)address.Length) == 0 ? 0 : Errno.Last;
    }

    /// <summary>Returns the result of a connection in progress: 0, or an error number.</summary>
    public static int TakeError(SafeHandle socket)
    {
        int error;
        uint length = sizeof(int);
        return GetOption(socket, SocketLevel, ErrorOption, &error, &length) == 0 ? error : Errno.Last;
    }

    /// <summary>Returns the user at the other end of a Unix domain socket (unix(7)); the largest number if it is not available.</summary>
    public static uint Peer(SafeHandle socket)
    {
        // struct ucred: pid, uid, gid.
        var credentials = stackalloc uint[3];
        uint length = 3 * sizeof(uint);
        return GetOption(socket, SocketLevel, PeerOption, (int*)credentials, &length) == 0 ? credentials[1] : uint.MaxValue;
    }

    /// <summary>Returns the user at the other end of a Unix domain socket, unless it is this process's or root; else null.</summary>
    public static uint? OtherPeer(SafeHandle socket) => Peer(socket) is not 0 and var user && user != Accounts.EffectiveUserId() ? user : null;

    /// <summary>Receives available bytes; returns their number, 0 at the end, or the negated error number.</summary>
    public static int Receive(SafeHandle socket, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var count = Receive(socket, start, (nuint)buffer.Length, 0);
            return count >= 0 ? (int)count : -Errno.Last;
        }
    }

    /// <summary>Sends as many bytes as the socket accepts; returns their number, or the negated error number.</summary>
    public static int Send(SafeHandle socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var count = Send(socket, start, (nuint)bytes.Length, NoSignal);
            return count >= 0 ? (int)count : -Errno.Last;
        }
    }

    /// <summary>Ends the writing direction of a connection. A connection that broke stays as it is.</summary>
    public static void ShutdownWrites(SafeHandle socket) => _ = Shutdown(socket, WritingDirection);

    /// <summary>Returns the base library's exception for an error number.</summary>
    public static SocketException Failure(int error) => new((int)Code(error), Errno.Text(error));

    private static SocketError Code(int error) => error switch
    {
        Errno.NotPermitted or Errno.NoAccess => SocketError.AccessDenied,
        Errno.NoEntry or Errno.NotDirectory or Errno.AddressNotAvailable => SocketError.AddressNotAvailable,
        Errno.TryAgain => SocketError.WouldBlock,
        Errno.TooManyFilesInSystem or Errno.TooManyFiles => SocketError.TooManyOpenSockets,
        Errno.BrokenPipe => SocketError.Shutdown,
        Errno.NoAddressFamily => SocketError.AddressFamilyNotSupported,
        Errno.AddressInUse => SocketError.AddressAlreadyInUse,
        Errno.NetworkDown => SocketError.NetworkDown,
        Errno.NetworkUnreachable => SocketError.NetworkUnreachable,
        Errno.ConnectionAborted => SocketError.ConnectionAborted,
        Errno.ConnectionReset => SocketError.ConnectionReset,
        Errno.NoBufferSpace => SocketError.NoBufferSpaceAvailable,
        Errno.TimedOut => SocketError.TimedOut,
        Errno.ConnectionRefused => SocketError.ConnectionRefused,
        Errno.HostUnreachable => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Create(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(SafeHandle socket, int level, int option, int* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(SafeHandle socket, int level, int option, int* value, uint* length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(SafeHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(SafeHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int Shutdown(SafeHandle socket, int direction);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeHandle socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(SafeHandle socket, byte* bytes, nuint length, int flags);
}
