namespace Volley.Ssh;

/// <summary>How the sockets of connections are watched.</summary>
public enum SshSocketKind
{
    /// <summary>
    /// What the environment variable VOLLEY_SOCKETS names, <c>epoll</c> or <c>platform</c>, for tests and measurements; by default
    /// <see cref="Epoll"/> on Linux, and <see cref="Platform"/> elsewhere.
    /// </summary>
    Default,

    /// <summary>By epoll(7), on threads of the library. Only on Linux.</summary>
    Epoll,

    /// <summary>By the sockets of .NET, on every system.</summary>
    Platform,
}
