using System.Globalization;
using Volley.Targets;

namespace Volley.Transports.OpenSsh;

/// <summary>The argument array of one ssh child.</summary>
/// <param name="Options">How ssh is called.</param>
/// <param name="Version">What it understands.</param>
/// <param name="ConfigPath">The configuration file that it reads.</param>
internal sealed record OpenSshCommand(OpenSshOptions Options, OpenSshVersion Version, string ConfigPath)
{
    /// <summary>Runs a command.</summary>
    public IReadOnlyList<string> Run(Target target, string logPath, string commandLine) =>
        [.. Common(target, logPath), .. RunOptions(), "-T", "--", target.Host, commandLine];

    /// <summary>Authenticates and stays.</summary>
    public IReadOnlyList<string> Ping(Target target, string logPath) =>
        [.. Common(target, logPath), "-N", "-T", "--", target.Host];

    /// <summary>Prints the configuration that holds for the target.</summary>
    public IReadOnlyList<string> PrintConfiguration(Target target) =>
        [Options.Program, "-G", "-F", ConfigPath, .. UserOptions(target), "--", target.Host];

    private List<string> Common(Target target, string logPath)
    {
        List<string> words = [Options.Program, "-F", ConfigPath, "-E", logPath];
        foreach (var option in ForcedOptions())
            words.AddRange(["-o", option]);
        if (Options.ConnectTimeout is { } limit)
            words.AddRange(["-o", string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={OpenSshConfig.WholeSeconds(limit)}")]);
        words.AddRange(UserOptions(target));
        return words;
    }

    /// <summary>
    /// What the user's configuration must not do to a run over many hosts: open forwardings, run commands of its own here or
    /// there, ask for a terminal, leave the connection to a master, or hide the messages that outcomes are read from.
    /// </summary>
    private IEnumerable<string> ForcedOptions()
    {
        yield return "LogLevel=VERBOSE";
        yield return "BatchMode=yes";
        yield return "ClearAllForwardings=yes";
        yield return "PermitLocalCommand=no";
        yield return "RequestTTY=no";
        yield return "Tunnel=no";
        yield return "ControlMaster=no";
        yield return "ControlPath=none";
        yield return "ControlPersist=no";
        if (Version.IsAtLeast(7, 6))
            yield return "RemoteCommand=none";
        if (Version.IsAtLeast(8, 7))
        {
            yield return "ForkAfterAuthentication=no";
            yield return "StdinNull=no";
        }
    }

    // Not with -N, which is a session type too.
    private IEnumerable<string> RunOptions() => Version.IsAtLeast(8, 7) ? ["-o", "SessionType=default"] : [];

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
