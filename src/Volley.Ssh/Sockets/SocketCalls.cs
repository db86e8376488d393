using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Ssh.Sockets;

/// <summary>The system calls on sockets that never wait, with Linux's numbers.</summary>
internal static unsafe partial class SocketCalls
{
    public const int InProgress = 115;           // EINPROGRESS
    public const int Interrupted = 4;            // EINTR
    public const int TryAgain = 11;              // EAGAIN

    private const int StreamType = 1;            // SOCK_STREAM
    private const int NonBlocking = 0x800;       // SOCK_NONBLOCK
    private const int CloseOnExec = 0x80000;     // SOCK_CLOEXEC
    private const int NoSignal = 0x4000;         // MSG_NOSIGNAL
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

    /// <summary>Makes a socket for a stream.</summary>
    /// <exception cref="SocketException">There can be no more of them.</exception>
    public static SafeFileHandle Open(AddressFamily family)
    {
        var socket = Create(family switch { AddressFamily.InterNetworkV6 => Inet6, AddressFamily.InterNetwork => Inet, _ => Unix }, StreamType | NonBlocking | CloseOnExec, 0);
        return socket >= 0 ? new SafeFileHandle(socket, ownsHandle: true) : throw Failure(Marshal.GetLastPInvokeError());
    }

    /// <summary>Small messages go at once, and the system looks whether an idle peer is still there.</summary>
    public static void PrepareForTcp(SafeHandle socket)
    {
        var on = 1;
        // Neither can fail on a TCP socket.
        _ = SetOption(socket, TcpLevel, NoDelayOption, &on, sizeof(int));
        _ = SetOption(socket, SocketLevel, KeepAliveOption, &on, sizeof(int));
    }

    /// <summary>Sets the type of service of what is sent; the system may refuse, as to a process that is not root.</summary>
    public static void SetTypeOfService(SafeHandle socket, AddressFamily family, int value) => _ = family == AddressFamily.InterNetworkV6
        ? SetOption(socket, Ipv6Level, TrafficClassOption, &value, sizeof(int))
        : SetOption(socket, IpLevel, TypeOfServiceOption, &value, sizeof(int));

    /// <summary>Begins to connect; returns 0, or an error's number, which may be <see cref="InProgress"/>.</summary>
    public static int Connect(SafeHandle socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* start = address)
            return Connect(socket, start, (uint)address.Length) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Binds to a local address; returns 0, or an error's number.</summary>
    public static int Bind(SafeHandle socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* start = address)
            return Bind(socket, start, (uint)address.Length) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>What became of a connection; returns 0, or an error's number.</summary>
    public static int TakeError(SafeHandle socket)
    {
        int error;
        uint length = sizeof(int);
        return GetOption(socket, SocketLevel, ErrorOption, &error, &length) == 0 ? error : Marshal.GetLastPInvokeError();
    }

    /// <summary>
    /// Returns the user who serves a socket in the file system, if that is another one than we, or root (unix(7)); else null. A
    /// user whose number can't be told counts as another one.
    /// </summary>
    public static uint? OtherPeer(SafeHandle socket)
    {
        // struct ucred: pid, uid, gid.
        var credentials = stackalloc uint[3];
        uint length = 3 * sizeof(uint);
        var user = GetOption(socket, SocketLevel, PeerOption, (int*)credentials, &length) == 0 ? credentials[1] : uint.MaxValue;
        return user == 0 || user == EffectiveUser() ? null : user;
    }

    /// <summary>Receives what is there; returns how much, 0 at the end, or an error's number, negated.</summary>
    public static int Receive(SafeHandle socket, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var count = Receive(socket, start, (nuint)buffer.Length, 0);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends what there is room for; returns how much, or an error's number, negated.</summary>
    public static int Send(SafeHandle socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var count = Send(socket, start, (nuint)bytes.Length, NoSignal);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>An error's number as the exception that everybody knows.</summary>
    public static SocketException Failure(int error) => new((int)Code(error), Marshal.GetPInvokeErrorMessage(error));

    private static SocketError Code(int error) => error switch
    {
        1 or 13 => SocketError.AccessDenied,                 // EPERM, EACCES
        2 or 20 or 99 => SocketError.AddressNotAvailable,    // ENOENT, ENOTDIR, EADDRNOTAVAIL
        TryAgain => SocketError.WouldBlock,
        23 or 24 => SocketError.TooManyOpenSockets,          // ENFILE, EMFILE
        32 => SocketError.Shutdown,                          // EPIPE
        97 => SocketError.AddressFamilyNotSupported,         // EAFNOSUPPORT
        98 => SocketError.AddressAlreadyInUse,               // EADDRINUSE
        100 => SocketError.NetworkDown,                      // ENETDOWN
        101 => SocketError.NetworkUnreachable,               // ENETUNREACH
        103 => SocketError.ConnectionAborted,                // ECONNABORTED
        104 => SocketError.ConnectionReset,                  // ECONNRESET
        105 => SocketError.NoBufferSpaceAvailable,           // ENOBUFS
        110 => SocketError.TimedOut,                         // ETIMEDOUT
        111 => SocketError.ConnectionRefused,                // ECONNREFUSED
        113 => SocketError.HostUnreachable,                  // EHOSTUNREACH
        _ => SocketError.SocketError,
    };

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Create(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(SafeHandle socket, int level, int option, int* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(SafeHandle socket, int level, int option, int* value, uint* length);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(SafeHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(SafeHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeHandle socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(SafeHandle socket, byte* bytes, nuint length, int flags);
}
