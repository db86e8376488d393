namespace Volley.Interop;

/// <summary>The environment variable that selects how sockets are watched, for tests and measurements.</summary>
internal static class SocketVariable
{
    /// <summary>The name of the variable.</summary>
    public const string Name = "VOLLEY_SOCKETS";

    /// <summary>The value for epoll(7).</summary>
    public const string Epoll = "epoll";

    /// <summary>The value for the sockets of .NET.</summary>
    public const string Platform = "platform";

    /// <summary>Returns whether this system has the sockets of a value.</summary>
    public static bool IsSupported(string value) => value == Platform || (value == Epoll && OperatingSystem.IsLinux());
}
