using System.Collections.Immutable;
using Volley.Ssh;
using Volley.Transports;
using Volley.Transports.Pacing;
using Volley.Transports.Prompts;

namespace Volley;

/// <summary>The options of the SSH transports. Options that are not set have the values of ssh_config(5).</summary>
/// <remarks>
/// <see cref="Program"/>, <see cref="Multiplex"/>, <see cref="Keep"/>, <see cref="KeepMax"/>, <see cref="Reuse"/> and <see cref="AskpassProgram"/> apply to
/// the program ssh and its control masters, and so to <see cref="OpenSshTransport"/> and <see cref="AutoTransport"/>.
/// </remarks>
public sealed record SshOptions
{
    /// <summary>The login name for targets without one (-l).</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? User { get; init => field = Argument.Optional(value, nameof(User)); }

    /// <summary>The port for targets without one, 1 to 65535 (-p).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a port.</exception>
    public int? Port { get; init => field = Argument.Port(value, nameof(Port)); }

    /// <summary>Private keys to try (-i).</summary>
    /// <exception cref="ArgumentException">The array is default, or an element is null, empty, or has a NUL.</exception>
    public ImmutableArray<string> IdentityFiles { get; init => field = Argument.Names(value, nameof(IdentityFiles)); } = [];

    /// <summary>The jump hosts, in the syntax of ssh's -J.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? ProxyJump { get; init => field = Argument.Optional(value, nameof(ProxyJump)); }

    /// <summary>The only configuration file to read (-F), or "none" to read no file; null for the user's and the system's files.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? ConfigFile { get; init => field = Argument.Optional(value, nameof(ConfigFile)); }

    /// <summary>Further directives as KEY=VALUE (-o). They can't override the directives that Volley depends on.</summary>
    /// <exception cref="ArgumentException">The array is default, or an element is null, empty, or has a NUL.</exception>
    public ImmutableArray<string> Directives { get; init => field = Argument.Names(value, nameof(Directives)); } = [];

    /// <summary>
    /// The time limit for connecting and logging in, which overrides ConnectTimeout of ssh_config(5), as that overrides
    /// <see cref="RunPlan.ConnectTimeout"/>; zero for none, null to leave it to those.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative and not infinite, or above 49 days.</exception>
    public TimeSpan? ConnectTimeout { get; init => field = value is { } time ? Argument.Wait(time, nameof(ConnectTimeout)) : null; }

    /// <summary>The silence of a server after which a keepalive is sent; zero for never, null for the configuration's value, else 15 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan? ServerAliveInterval { get; init => field = value is { } time ? Argument.Time(time, nameof(ServerAliveInterval)) : null; }

    /// <summary>The number of unanswered keepalives after which the connection is abandoned; null for the configuration's value, else 3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? ServerAliveCountMax { get; init => field = value is { } count ? Argument.AtLeast(0, count, nameof(ServerAliveCountMax)) : null; }

    /// <summary>
    /// The handling of unknown and changed host keys, which overrides StrictHostKeyChecking; null to leave it to that, and to accept new keys if it is
    /// not configured.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public SshHostKeyPolicy? HostKeyPolicy { get; init => field = value is { } policy ? Argument.Defined(policy, nameof(HostKeyPolicy)) : null; }

    /// <summary>
    /// Decides on every host key, also of jump hosts, in place of StrictHostKeyChecking; null for none. See
    /// <see cref="SshClientOptions.HostKeyCallback"/>. Only <see cref="NativeTransport"/> can ask it: the other transports refuse the options.
    /// </summary>
    public SshHostKeyCallback? HostKeyCallback { get; init; }

    /// <summary>
    /// Private keys in memory, to try before those of the agent and of the configuration. Only <see cref="NativeTransport"/> can use them: the other
    /// transports refuse the options.
    /// </summary>
    /// <exception cref="ArgumentException">The list or an element is null.</exception>
    public IReadOnlyList<SshPrivateKey> PrivateKeys { get; init => field = Argument.Elements(value, nameof(PrivateKeys)); } = [];

    /// <summary>
    /// The password for servers and jump hosts that ask for one; null to answer no prompt. Each login gets it once, and again only if it
    /// was accepted. Passing it to ssh requires OpenSSH 8.4.
    /// </summary>
    public SshPassword? Password { get; init; }

    /// <summary>
    /// Returns the password of a host or jump host that asks for one, in place of <see cref="Password"/>; null for none. It is called on the thread pool, at
    /// most once at a time for each login, and not again once the host has refused its password. Only <see cref="NativeTransport"/> can use it: the other
    /// transports refuse the options.
    /// </summary>
    public SshPasswordCallback? PasswordCallback { get; init; }

    /// <summary>
    /// Answers the questions of hosts and jump hosts: one-time codes, passwords that <see cref="Password"/> does not answer, new passwords in place of expired
    /// ones, passphrases that ssh asks for, and unknown host keys where StrictHostKeyChecking is <c>ask</c>. Null to answer none. It is called on the thread
    /// pool, once at a time. An answer about a password or a passphrase is tried at one login and, once accepted, used for all logins of that user; any
    /// other question is asked login after login. Passing answers to ssh requires OpenSSH 8.4.
    /// </summary>
    public SshPromptCallback? PromptCallback
    {
        get;
        init
        {
            field = value;
            Prompts = value is null ? null : new LoginPrompts(value);
        }
    }

    /// <summary>
    /// Whether programs of the commands can use the agent of this machine, as with ssh's -A: the one of IdentityAgent, else of SSH_AUTH_SOCK. Who controls a
    /// target can use the agent's keys while its command runs. Jump hosts get no agent, and no connection that exists before the run is used. The default
    /// is false, whatever ForwardAgent of ssh_config(5) says.
    /// </summary>
    public bool ForwardAgent { get; init; }

    /// <summary>The ssh program: a path, or a name that is searched for on PATH. The default is <c>ssh</c>.</summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string Program { get; init => field = Argument.Text(value, nameof(Program)); } = "ssh";

    /// <summary>
    /// Whether commands share connections through control masters. Otherwise each command gets its own ssh, which forwards no signals. The
    /// default is true.
    /// </summary>
    public bool Multiplex { get; init; } = true;

    /// <summary>
    /// How long connections stay open after their last use, so that later runs find them; null to close them with the run. ssh makes such connections:
    /// <see cref="NativeTransport"/> refuses the option.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or above 49 days.</exception>
    public TimeSpan? Keep { get; init => field = value is { } time ? Argument.Time(time, nameof(Keep)) : null; }

    /// <summary>The largest number of connections to keep. The least recently used ones are closed first. The default is 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int KeepMax { get; init => field = Argument.AtLeast(0, value, nameof(KeepMax)); } = 256;

    /// <summary>
    /// Whether to use connections that are already open: those kept by earlier runs, and the user's own control masters. The default is
    /// true.
    /// </summary>
    public bool Reuse { get; init; } = true;

    /// <summary>
    /// The program that ssh starts to get the password. Its Main must begin with <see cref="OpenSsh.TryAnswerPrompt"/>. Null for this program.
    /// </summary>
    /// <exception cref="ArgumentException">The value is empty or has a NUL.</exception>
    public string? AskpassProgram { get; init => field = Argument.Optional(value, nameof(AskpassProgram)); }

    /// <summary>How long an agent may take to answer Volley itself; null for 5 s. ssh has no such limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative and not infinite, or above 49 days.</exception>
    public TimeSpan? AgentLimit { get; init => field = value is { } time ? Argument.Limit(time, nameof(AgentLimit)) : null; }

    /// <summary>
    /// How many unused native connections stay open until the end of the run for targets that recur, 0 or more; null for 256, or half
    /// of the process's file descriptor limit. Connections to jump hosts and control masters do not count.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? MaxIdleConnections { get; init => field = value is { } count ? Argument.AtLeast(0, count, nameof(MaxIdleConnections)) : null; }

    /// <summary>
    /// The rate of new connections, evenly spaced, which all transports with these options share; null for no limit. It may be a fraction.
    /// Waiting for a turn does not count towards the connect timeout.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no number, or not at least one connection in 49 days.</exception>
    public double? MaxConnectionsPerSecond
    {
        get;
        init
        {
            field = value is { } rate ? Argument.Rate(rate, nameof(MaxConnectionsPerSecond)) : null;
            Pace = value is null ? null : new ConnectionPace(value.Value);
        }
    }

    /// <summary>
    /// The number of host keys that transports with these options have recorded in known_hosts files, without those that ssh adds later
    /// (UpdateHostKeys).
    /// </summary>
    public int RecordedHostKeys => HostKeys.Recorded;

    /// <summary>The questions of all logins; null if none is answered.</summary>
    internal LoginPrompts? Prompts { get; private init; }

    /// <summary>Whether ssh may ask for something that is answered.</summary>
    internal bool AnswersPrompts => Password is not null || Prompts is not null;

    /// <summary>Gives each connection its turn; null for no limit.</summary>
    internal ConnectionPace? Pace { get; private init; }

    /// <summary>Counts and reports the host keys that are recorded.</summary>
    internal HostKeyNotices HostKeys { get; } = new();

    /// <summary>How the sockets of native connections and of control masters are watched.</summary>
    internal SshSocketKind SocketKind { get; init; }

    /// <summary>Checks options that contradict each other.</summary>
    /// <exception cref="ArgumentException">Two options decide on the same question.</exception>
    /// <exception cref="ObjectDisposedException">The password or a private key is disposed.</exception>
    internal void Check()
    {
        ThrowIfDisposed();
        if (HostKeyPolicy is not null && HostKeyCallback is not null)
            throw new ArgumentException($"{nameof(HostKeyPolicy)} and {nameof(HostKeyCallback)} can't both decide on host keys", nameof(HostKeyCallback));
        if (Password is not null && PasswordCallback is not null)
            throw new ArgumentException($"{nameof(Password)} and {nameof(PasswordCallback)} can't both supply the password", nameof(PasswordCallback));
        if (ForwardAgent && Keep is not null)
            throw new ArgumentException($"{nameof(ForwardAgent)} ends with the run, and {nameof(Keep)} leaves its connections open", nameof(ForwardAgent));
    }

    /// <summary>Throws if a secret of the options is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The password or a private key is disposed.</exception>
    internal void ThrowIfDisposed()
    {
        Password?.ThrowIfDisposed();
        // The type of a disposed key can't be asked for.
        foreach (var key in PrivateKeys)
            _ = key.KeyType;
    }

    /// <summary>Checks that no option needs the program ssh.</summary>
    /// <exception cref="ArgumentException">An option needs it.</exception>
    internal void CheckForNative()
    {
        Check();
        if (Keep is not null)
            throw new ArgumentException($"{nameof(Keep)} needs the program ssh; use {nameof(OpenSshTransport)} or {nameof(AutoTransport)}", nameof(Keep));
    }

    /// <summary>Checks that no option needs an SSH client in this process.</summary>
    /// <exception cref="ArgumentException">An option needs it.</exception>
    internal void CheckForSsh()
    {
        Check();
        var native = HostKeyCallback is not null ? nameof(HostKeyCallback)
            : PasswordCallback is not null ? nameof(PasswordCallback)
            : PrivateKeys is not [] ? nameof(PrivateKeys)
            : null;
        if (native is not null)
            throw new ArgumentException($"{native} can't be passed to the program ssh; use {nameof(NativeTransport)}", native);
    }
}
