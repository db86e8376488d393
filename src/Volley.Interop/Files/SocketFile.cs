using System.Net.Sockets;

namespace Volley.Interop.Files;

/// <summary>The file of a Unix socket.</summary>
internal static class SocketFile
{
    /// <summary>
    /// Returns why a socket can't be connected to. The base library reports a missing file as an address that can't be assigned, and any other file as
    /// a refused connection.
    /// </summary>
    /// <param name="path">The path of the socket.</param>
    /// <param name="failure">What connecting to it threw.</param>
    public static string Explain(string path, Exception failure) => failure switch
    {
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "there is no such file",
        SocketException { SocketErrorCode: SocketError.AccessDenied } => "permission denied",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => GetOtherType(path) is { } type
            ? $"it is {type}, not a socket"
            : "no process listens there",
        // ENOTDIR is the only error of connect(2) that has no code.
        SocketException { SocketErrorCode: SocketError.SocketError } => "a part of the path is not a directory",
        ArgumentException => "the path is too long for a socket",
        _ => failure.Message,
    };

    private static string? GetOtherType(string path) =>
        OperatingSystem.IsLinux() && FileStatus.Of(path) is { IsSocket: false } other ? other.TypeName : null;
}
