using Volley.Interop.Blocking;
using Volley.Ssh.Connection;

namespace Volley.Ssh;

/// <summary>The options of an <see cref="SshClient"/>. Values that are not set come from ssh_config(5).</summary>
public sealed record SshClientOptions
{
    /// <summary>The state that several clients share; null for a context of its own, with the user's configuration.</summary>
    public SshClientContext? Context { get; init; }

    /// <summary>The values that override ssh_config for the host, as ssh's command line does. They do not apply to jump hosts.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public SshOverrides Overrides { get; init => field = Argument.NotNull(value, nameof(Overrides)); } = SshOverrides.None;

    /// <summary>
    /// The connection to the last jump host, which is used in place of ProxyJump. It must stay open as long as the client; the client does not
    /// dispose it.
    /// </summary>
    public SshClient? Via { get; init; }

    /// <summary>The time limit for connecting and logging in, which overrides ConnectTimeout; null to leave it to that, zero for none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or above 49 days.</exception>
    public TimeSpan? ConnectTimeout { get; init => field = value is { } time ? Argument.Wait(time, nameof(ConnectTimeout)) : null; }

    /// <summary>The connect timeout if neither the configuration nor an option sets one; infinite for none. The default is 10 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or above 49 days.</exception>
    public TimeSpan DefaultConnectTimeout { get; init => field = Argument.Wait(value, nameof(DefaultConnectTimeout)); } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The handling of unknown and changed host keys, which overrides StrictHostKeyChecking; null to leave it to that. It applies to jump hosts, too.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public SshHostKeyPolicy? HostKeyPolicy { get; init => field = value is { } policy ? Argument.Defined(policy, nameof(HostKeyPolicy)) : null; }

    /// <summary>
    /// The handling of unknown and changed host keys if neither the configuration nor <see cref="HostKeyPolicy"/> sets it. The default,
    /// <see cref="SshHostKeyPolicy.Ask"/>, rejects both.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public SshHostKeyPolicy DefaultHostKeyPolicy { get; init => field = Argument.Defined(value, nameof(DefaultHostKeyPolicy)); } = SshHostKeyPolicy.Ask;

    /// <summary>
    /// Decides on every host key, also of jump hosts, in place of StrictHostKeyChecking; null to let <see cref="HostKeyPolicy"/> decide. It can't be
    /// combined with <see cref="HostKeyPolicy"/>.
    /// </summary>
    /// <remarks>
    /// It is called on the thread pool, also for known keys, but not for revoked ones and for RSA keys that are too short, which are rejected. Calls for
    /// one host never overlap within a context, and a call sees the key that the one before it has recorded; calls for several hosts may overlap. The
    /// connect timeout covers the call. An exception of the callback, and a value that is not one of the enumeration, reject the key: the attempt fails with
    /// <see cref="SshFailure.HostKeyRejected"/>, and the exception is the inner one.
    /// </remarks>
    public SshHostKeyCallback? HostKeyCallback { get; init; }

    /// <summary>Private keys to try before those of the agent and of the configuration, also at jump hosts.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IReadOnlyList<SshPrivateKey> PrivateKeys { get; init => field = Argument.NotNull(value, nameof(PrivateKeys)); } = [];

    /// <summary>The silence of a server after which a keepalive is sent; zero for never, null for the configuration's value, else 15 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or above 49 days.</exception>
    public TimeSpan? KeepAliveInterval { get; init => field = value is { } time ? Argument.Wait(time, nameof(KeepAliveInterval)) : null; }

    /// <summary>The number of unanswered keepalives after which the connection ends; null for the configuration's value, else 3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? KeepAliveCount { get; init => field = value is { } count ? Argument.AtLeast(0, count, nameof(KeepAliveCount)) : null; }

    /// <summary>
    /// Returns the password when a server asks for one; null if there is none. It is called at most once for each login, on the thread pool, and not for a
    /// host whose changed key was accepted by <see cref="SshHostKeyPolicy.AcceptAny"/>. The connect timeout covers the call. When it throws, the attempt
    /// fails with <see cref="SshFailure.AuthenticationFailed"/>, and the exception is the inner one.
    /// </summary>
    public SshPasswordCallback? PasswordCallback { get; init; }

    /// <summary>
    /// Answers the questions of servers that <see cref="PasswordCallback"/> does not answer: one-time codes, passwords, new passwords in place of expired
    /// ones, and unknown host keys where StrictHostKeyChecking is <c>ask</c>. Null to answer none. It is called on the thread pool, and not for a host whose
    /// changed key was accepted by <see cref="SshHostKeyPolicy.AcceptAny"/>. The connect timeout does not run during the call. An exception fails the
    /// attempt as one of <see cref="PasswordCallback"/> does.
    /// </summary>
    public SshPromptCallback? PromptCallback { get; init; }

    /// <summary>Receives notices while the client connects; null for none.</summary>
    public SshClientObserver? Observer { get; init; }

    /// <summary>
    /// Whether callers are resumed on the threads that watch the sockets, instead of on the thread pool. This saves thread switches, but a caller that
    /// blocks holds up all connections.
    /// </summary>
    public bool ResumesInline { get; init; }

    /// <summary>Returns the connect timeout of a host: the option's, else the configuration's, else the default.</summary>
    /// <param name="settings">The settings of the host; null if they are unknown.</param>
    /// <returns>The timeout; infinite for none.</returns>
    public TimeSpan GetConnectTimeout(SshHostSettings? settings) =>
        TimeLimit.Normalize(ConnectTimeout ?? settings?.ConnectTimeout ?? DefaultConnectTimeout);

    /// <summary>Returns the options of a connection to a host: the option's keepalives, else the configuration's, else the default.</summary>
    /// <param name="settings">The settings of the host; null if they are unknown.</param>
    internal SshConnectionOptions GetConnectionOptions(SshHostSettings? settings) => new()
    {
        KeepAliveInterval = KeepAliveInterval ?? settings?.ServerAliveInterval ?? DefaultKeepAliveInterval,
        KeepAliveCount = KeepAliveCount ?? settings?.ServerAliveCountMax ?? DefaultKeepAliveCount,
        ResumesInline = ResumesInline,
    };

    /// <summary>Checks options that contradict each other, and that the private keys can be used.</summary>
    /// <exception cref="ArgumentException">Both a policy for host keys and a callback are set, or a private key is null.</exception>
    /// <exception cref="ObjectDisposedException">A private key is disposed.</exception>
    internal void Check()
    {
        foreach (var key in PrivateKeys)
            _ = (key ?? throw new ArgumentException("a key is null", nameof(PrivateKeys))).Key;
        if (HostKeyPolicy is not null && HostKeyCallback is not null)
            throw new ArgumentException($"{nameof(HostKeyPolicy)} and {nameof(HostKeyCallback)} can't both decide on host keys", nameof(HostKeyCallback));
    }

    /// <summary>The interval of keepalives if neither the configuration nor an option sets one: 15 seconds.</summary>
    public static TimeSpan DefaultKeepAliveInterval { get; } = TimeSpan.FromSeconds(15);

    /// <summary>The number of unanswered keepalives if neither the configuration nor an option sets one: 3.</summary>
    public const int DefaultKeepAliveCount = 3;
}
