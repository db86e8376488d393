using System.Globalization;
using Volley.Targets;

namespace Volley.Transports.OpenSsh;

/// <summary>The argument array of one ssh child.</summary>
/// <param name="Options">How ssh is called.</param>
internal sealed record OpenSshCommand(OpenSshOptions Options)
{
    /// <summary>Runs a command.</summary>
    public IReadOnlyList<string> Run(Target target, OpenSshCall call, CommandJob job) =>
        [.. Common(target, call, NoMaster, job: job), .. RunOptions(call.Version), job.Terminal is null ? "-T" : "-tt", "--", target.Host, job.CommandLine];

    /// <summary>Authenticates and stays.</summary>
    public IReadOnlyList<string> Ping(Target target, OpenSshCall call) =>
        [.. Common(target, call, NoMaster), "-N", "-T", "--", target.Host];

    /// <summary>Starts a control master, which goes into the background once the server has accepted us.</summary>
    public IReadOnlyList<string> Master(Target target, OpenSshCall call, string socket, TimeSpan persist) =>
    [
        // Not -M beside ControlMaster=yes: the two together make ssh ask at the terminal for every command.
        .. Common(target, call, ["ControlMaster=yes", $"ControlPath={socket}", $"ControlPersist={OpenSshConfig.WholeSeconds(persist)}"], isMaster: true),
        "-N", "-T", "--", target.Host,
    ];

    /// <summary>The same for a jump host: what the command line says about the targets does not hold for it, as with ssh's -J.</summary>
    public OpenSshCommand ForHop() => this with
    {
        Options = Options with { User = null, Port = null, IdentityFiles = [], Jump = null, Options = [] },
    };

    /// <summary>Whether the target is reached through a jump host that a master serves.</summary>
    public bool IsBehindMaster { get; private init; }

    /// <summary>The same for a target behind a jump host that a master serves.</summary>
    /// <param name="hop">The jump host.</param>
    /// <param name="socket">Its master's socket. ssh hands the command to a shell, so both hold only characters that mean nothing there.</param>
    public OpenSshCommand Behind(Target hop, string socket) => this with
    {
        Options = Options with
        {
            Jump = null,
            // Where the master is gone, the false keeps this ssh from making a connection of its own.
            Options = [$"ProxyCommand={Options.Program} -F none -o ProxyCommand=false -S {socket} -W [%h]:%p {Label(hop)}", "ProxyJump=none", .. Options.Options],
        },
        IsBehindMaster = true,
    };

    /// <summary>What the ssh of a proxy command is told as its host, which it does not connect to itself.</summary>
    private static string Label(Target hop) =>
        !hop.Host.StartsWith('-') && hop.Host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-' or '_') ? hop.Host : "jump-host";

    /// <summary>Prints the configuration that holds for the target.</summary>
    public IReadOnlyList<string> PrintConfiguration(Target target, string configPath) =>
        [Options.Program, "-G", "-F", configPath, .. UserOptions(target), "--", target.Host];

    private static readonly string[] NoMaster = ["ControlMaster=no", "ControlPath=none", "ControlPersist=no"];

    private List<string> Common(Target target, OpenSshCall call, IEnumerable<string> masterOptions, bool isMaster = false, CommandJob? job = null)
    {
        List<string> words = [Options.Program, "-F", call.ConfigPath, "-E", call.LogPath];
        foreach (var option in ForcedOptions(call, isMaster, job).Concat(masterOptions))
            words.AddRange(["-o", option]);
        // One option for all: ssh takes the first SetEnv, and that alone.
        if (job is { Environment.IsEmpty: false })
            words.AddRange(["-o", "SetEnv=" + string.Join(' ', job.Environment.Select(v => Quote($"{v.Key}={v.Value}")).Order(StringComparer.Ordinal))]);
        if (Options.ConnectTimeout is { } limit)
            words.AddRange(["-o", string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={OpenSshConfig.WholeSeconds(limit)}")]);
        if (Options.ServerAliveInterval is { } interval)
            words.AddRange(["-o", string.Create(CultureInfo.InvariantCulture, $"ServerAliveInterval={OpenSshConfig.WholeSeconds(interval)}")]);
        if (Options.ServerAliveCountMax is { } count)
            words.AddRange(["-o", string.Create(CultureInfo.InvariantCulture, $"ServerAliveCountMax={count}")]);
        words.AddRange(UserOptions(target));
        return words;
    }

    /// <summary>
    /// What the user's configuration must not do to a run over many hosts: forward anything, run commands of its own here or
    /// there, ask for a terminal, or hide the messages that outcomes are read from.
    /// </summary>
    private static IEnumerable<string> ForcedOptions(OpenSshCall call, bool isMaster, CommandJob? job)
    {
        // That the server has started a command, and that it told its end, are debug messages. A level that shows them also shows what any peer wants logged.
        var canBeTagged = OpenSshLogLine.CanBeTagged(call.Version);
        yield return job is null || canBeTagged ? "LogLevel=VERBOSE" : "LogLevel=DEBUG2";
        if (canBeTagged)
            yield return $"LogVerbose={OpenSshLogLine.TaggedFunctions(isSession: !isMaster)}";
        if (call.AsksForPassword)
        {
            yield return "BatchMode=no";
            yield return "NumberOfPasswordPrompts=1";
        }
        else
        {
            yield return "BatchMode=yes";
        }

        foreach (var (keyword, value) in OpenSshConfig.Forced)
            yield return $"{keyword}={value}";
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

    /// <summary>A value as ssh splits it (its argv_split): in quotes, where a backslash makes a quote or a backslash literal.</summary>
    private static string Quote(string value) =>
        "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    // Not with -N, which is a session type too.
    private static IEnumerable<string> RunOptions(OpenSshVersion version) => version.IsAtLeast(8, 7) ? ["-o", "SessionType=default"] : [];

    private List<string> UserOptions(Target target)
    {
        List<string> words = [];
        if ((target.User ?? Options.User) is { } user)
            words.AddRange(["-l", user]);
        if ((target.Port ?? Options.Port) is { } port)
            words.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        foreach (var identity in Options.IdentityFiles)
            words.AddRange(["-i", identity]);
        if (Options.Jump is { } jump)
            words.AddRange(["-J", jump]);
        foreach (var option in Options.Options)
            words.AddRange(["-o", option]);
        return words;
    }
}
