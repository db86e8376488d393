using System.Globalization;
using Volley.Ssh;
using Volley.Transports.OpenSsh.Log;

namespace Volley.Transports.OpenSsh;

/// <summary>Builds the argument arrays of ssh processes.</summary>
/// <param name="Options">The options of the transport.</param>
internal sealed record OpenSshCommand(SshOptions Options)
{
    /// <summary>Returns the arguments to run a command.</summary>
    public IReadOnlyList<string> Run(Target target, OpenSshCall call, CommandJob job) =>
        [.. Common(target, call, NoMaster, job: job), .. RunOptions(call.Version), job.Terminal is null ? "-T" : "-tt", "--", target.Host, job.CommandLine];

    /// <summary>Returns the arguments to start a subsystem.</summary>
    public IReadOnlyList<string> OpenSubsystem(Target target, OpenSshCall call, string name) =>
        // -s precedes a SessionType in the configuration.
        [.. Common(target, call, NoMaster, job: CommandJob.Shell(name)), "-s", "-T", "--", target.Host, name];

    /// <summary>Returns the arguments to authenticate and stay connected, without a command.</summary>
    public IReadOnlyList<string> Ping(Target target, OpenSshCall call) =>
        [.. Common(target, call, NoMaster), "-N", "-T", "--", target.Host];

    /// <summary>Returns the arguments to start a control master, which goes into the background once it has logged in.</summary>
    public IReadOnlyList<string> Master(Target target, OpenSshCall call, string socket, TimeSpan persist) =>
    [
        // -M is not used: together with ControlMaster=yes it makes ssh ask at the terminal for every command.
        .. Common(target, call, ["ControlMaster=yes", $"ControlPath={socket}", $"ControlPersist={OpenSshConfig.WholeSeconds(persist)}"], isMaster: true),
        "-N", "-T", "--", target.Host,
    ];

    /// <summary>Returns a builder for a jump host. As with ssh's -J, the options for targets do not apply to it.</summary>
    public OpenSshCommand ForHop() => this with
    {
        Options = Options with { User = null, Port = null, IdentityFiles = [], ProxyJump = null, Directives = [], ForwardAgent = false },
    };

    /// <summary>Whether the target is reached through the control master of a jump host.</summary>
    public bool IsBehindMaster { get; private init; }

    /// <summary>Returns a builder for a target behind a jump host with a control master.</summary>
    /// <param name="hop">The jump host.</param>
    /// <param name="socket">
    /// The socket of its master. ssh passes the command to a shell, so the socket and the label have no characters that are special there.
    /// </param>
    public OpenSshCommand Behind(Target hop, string socket) => this with
    {
        Options = Options with
        {
            ProxyJump = null,
            // If the master is gone, ProxyCommand=false keeps this ssh from making a connection of its own.
            Directives =
            [
                $"ProxyCommand={Options.Program} -F none -o ProxyCommand=false -S {socket} -W [%h]:%p {Label(hop)}",
                "ProxyJump=none",
                .. Options.Directives,
            ],
        },
        IsBehindMaster = true,
    };

    /// <summary>Returns the host argument for the ssh of a proxy command, which does not connect to that host itself.</summary>
    private static string Label(Target hop) =>
        !hop.Host.StartsWith('-') && hop.Host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-' or '_') ? hop.Host : "jump-host";

    /// <summary>Returns the arguments to print the configuration of the target.</summary>
    public IReadOnlyList<string> PrintConfiguration(Target target, string configPath) =>
        [Options.Program, "-G", "-F", configPath, .. UserOptions(target), "--", target.Host];

    private static readonly string[] NoMaster = ["ControlMaster=no", "ControlPath=none", "ControlPersist=no"];

    private List<string> Common(Target target, OpenSshCall call, IEnumerable<string> masterOptions, bool isMaster = false, CommandJob? job = null)
    {
        List<string> arguments = [Options.Program, "-F", call.ConfigPath, "-E", call.LogPath];
        foreach (var option in ForcedOptions(call, isMaster, job).Concat(masterOptions))
            arguments.AddRange(["-o", option]);
        if (Options.HostKeyPolicy is { } policy)
            arguments.AddRange(["-o", $"StrictHostKeyChecking={Value(policy)}"]);
        if (Options.ConnectTimeout is { } limit)
            arguments.AddRange(["-o", string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={OpenSshConfig.WholeSeconds(limit)}")]);
        if (Options.ServerAliveInterval is { } interval)
            arguments.AddRange(["-o", string.Create(CultureInfo.InvariantCulture, $"ServerAliveInterval={OpenSshConfig.WholeSeconds(interval)}")]);
        if (Options.ServerAliveCountMax is { } count)
            arguments.AddRange(["-o", string.Create(CultureInfo.InvariantCulture, $"ServerAliveCountMax={count}")]);
        arguments.AddRange(UserOptions(target));
        return arguments;
    }

    /// <summary>
    /// Returns the options that override the user's configuration. A run over many hosts must not forward anything that its options don't, run configured
    /// commands here or there, ask for a terminal, or hide the messages that outcomes are parsed from.
    /// </summary>
    private IEnumerable<string> ForcedOptions(OpenSshCall call, bool isMaster, CommandJob? job)
    {
        // ssh logs the start and the end of a command only as debug messages. A log level that shows them also shows messages that the peer
        // can choose freely, so tagged messages are preferred.
        var canBeTagged = OpenSshLogLine.CanBeTagged(call.Version);
        yield return job is null || canBeTagged ? "LogLevel=VERBOSE" : "LogLevel=DEBUG2";
        if (canBeTagged)
            yield return $"LogVerbose={OpenSshLogLine.TaggedFunctions(isSession: !isMaster)}";
        if (call.AsksForPassword)
        {
            yield return "BatchMode=no";
            // A user can correct a typing error, a stored password is sent once.
            yield return $"NumberOfPasswordPrompts={(Options.PromptCallback is null ? 1 : 3)}";
        }
        else
        {
            yield return "BatchMode=yes";
        }

        foreach (var (keyword, value) in OpenSshConfig.Forced)
            yield return keyword == OpenSshConfig.AgentKeyword && Options.ForwardAgent ? $"{keyword}=yes" : $"{keyword}={value}";
        if (job?.Terminal is null)
            yield return "RequestTTY=no";
        if (call.Version.IsAtLeast(7, 6))
            yield return "RemoteCommand=none";
        if (call.Version.IsAtLeast(8, 7))
        {
            yield return "ForkAfterAuthentication=no";
            yield return "StdinNull=no";
        }
    }

    private static string Value(SshHostKeyPolicy policy) => policy switch
    {
        SshHostKeyPolicy.Strict => "yes",
        SshHostKeyPolicy.AcceptNew => "accept-new",
        SshHostKeyPolicy.AcceptAny => "no",
        _ => "ask",
    };

    // SessionType must not be set with -N, which is a session type too.
    private static IEnumerable<string> RunOptions(OpenSshVersion version) => version.IsAtLeast(8, 7) ? ["-o", "SessionType=default"] : [];

    private List<string> UserOptions(Target target)
    {
        List<string> arguments = [];
        if ((target.User ?? Options.User) is { } user)
            arguments.AddRange(["-l", user]);
        if ((target.Port ?? Options.Port) is { } port)
            arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        if (target.IdentityFile is { } own)
            arguments.AddRange(["-i", own]);
        foreach (var identity in Options.IdentityFiles)
            arguments.AddRange(["-i", identity]);
        // Behind the master of a jump host, the options have a command in place of the jump hosts.
        if ((IsBehindMaster ? null : target.ProxyJump ?? Options.ProxyJump) is { } jump)
            arguments.AddRange(["-J", jump]);
        foreach (var option in Options.Directives)
            arguments.AddRange(["-o", option]);
        if (target.GetHostNameOption() is { } address)
            arguments.AddRange(["-o", address]);
        return arguments;
    }
}
