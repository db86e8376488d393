namespace Volley.Ssh;

/// <summary>The options of an <see cref="SshClient"/>. Values that are not set come from ssh_config(5).</summary>
public sealed record SshClientOptions
{
    /// <summary>The state that several clients share; null for a context of its own, with the user's configuration.</summary>
    public SshClientContext? Context { get; init; }

    /// <summary>The values that override ssh_config for the host, as ssh's command line does. They do not apply to jump hosts.</summary>
    public SshOverrides Overrides { get; init; } = SshOverrides.None;

    /// <summary>
    /// The connection to the last jump host, which is used in place of ProxyJump. It must stay open as long as the client; the client does not
    /// dispose it.
    /// </summary>
    public SshClient? Via { get; init; }

    /// <summary>The time limit for connecting and logging in, which overrides ConnectTimeout; null to leave it to that, zero for none.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>The connect timeout if neither the configuration nor an option sets one; infinite for none. The default is 10 seconds.</summary>
    public TimeSpan DefaultConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What happens to an unknown or changed host key if StrictHostKeyChecking is not configured. The default, ask, refuses it, because nobody is asked.
    /// </summary>
    public HostKeyChecking DefaultHostKeyChecking { get; init; } = HostKeyChecking.Ask;

    /// <summary>The silence of a server after which a keepalive is sent; zero for never, null for the configuration's value, else 15 s.</summary>
    public TimeSpan? KeepAliveInterval { get; init; }

    /// <summary>The number of unanswered keepalives after which the connection ends; null for the configuration's value, else 3.</summary>
    public int? KeepAliveCount { get; init; }

    /// <summary>
    /// Returns the password in UTF-8 when a server asks for one; null or empty to send none. It is called at most once a login. The caller owns the
    /// bytes, and zeroes them after the login. Null if there is no password.
    /// </summary>
    public Func<SshHostSettings, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>>? GetPassword { get; init; }

    /// <summary>Receives notices while the client connects; null for none.</summary>
    public SshClientObserver? Observer { get; init; }

    /// <inheritdoc cref="SshConnectionOptions.ResumesInline"/>
    public bool ResumesInline { get; init; }

    /// <summary>Returns the connect timeout of a host: the option's, else the configuration's, else the default.</summary>
    /// <param name="settings">The settings of the host; null if they are unknown.</param>
    /// <returns>The timeout; infinite for none.</returns>
    public TimeSpan GetConnectTimeout(SshHostSettings? settings) =>
        Client.ConnectTimeout.Normalize(ConnectTimeout ?? settings?.ConnectTimeout ?? DefaultConnectTimeout);

    /// <summary>Returns the options of a connection to a host: the option's keepalives, else the configuration's, else the default.</summary>
    /// <param name="settings">The settings of the host; null if they are unknown.</param>
    public SshConnectionOptions GetConnectionOptions(SshHostSettings? settings) => new()
    {
        KeepAliveInterval = KeepAliveInterval ?? settings?.ServerAliveInterval ?? DefaultKeepAliveInterval,
        KeepAliveCount = KeepAliveCount ?? settings?.ServerAliveCountMax ?? DefaultKeepAliveCount,
        ResumesInline = ResumesInline,
    };

    /// <summary>The interval of keepalives if neither the configuration nor an option sets one: 15 seconds.</summary>
    public static TimeSpan DefaultKeepAliveInterval { get; } = TimeSpan.FromSeconds(15);

    /// <summary>The number of unanswered keepalives if neither the configuration nor an option sets one: 3.</summary>
    public const int DefaultKeepAliveCount = 3;
}
