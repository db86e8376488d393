using System.Collections.Immutable;
using System.Net;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Run;
using Volley.Cli.Selection;
using Volley.Cli.Variables;
using Volley.Interop;

namespace Volley.Cli.Rollouts;

/// <summary>The options of <c>volley reboot</c> and <c>volley wait-for</c>.</summary>
internal sealed class RebootOptions() : OptionGroup("Reboots and waits")
{
    private const string DefaultCommand = "shutdown -r now";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    public readonly Option<string> Command = new(Values.Program, "--reboot-command")
    {
        ValueName = "COMMAND",
        Help = "command that reboots a host",
        Default = DefaultCommand,
        Verbs = [RunVerb.Reboot],
        HasVariable = false,
    };
    public readonly Option<string> BootIdFile = new(Values.Program, "--boot-id-file")
    {
        ValueName = "FILE",
        Help = "file at the hosts whose content is another one after each boot",
        Default = RebootJob.LinuxBootIdFile,
        Verbs = [RunVerb.Reboot],
    };
    public readonly Option<TimeSpan?> Interval = new(Values.Duration, "--interval")
    {
        ValueName = "TIME",
        Help = "time between two attempts to reach a host",
        Default = "1s",
        Verbs = [RunVerb.Reboot, RunVerb.WaitFor],
    };

    public override IReadOnlyList<Option> Options => [Command, BootIdFile, Interval];

    private TimeSpan IntervalValue => Interval.Value ?? TimeSpan.FromSeconds(1);

    /// <summary>Checks the arguments, and the options that have another meaning here.</summary>
    /// <exception cref="UsageException">They are invalid.</exception>
    public static void Check(RunOptions options)
    {
        var limit = options.Limits.CommandTimeout;
        if (options.Verb is RunVerb.Reboot or RunVerb.WaitFor && limit.Value is { Multiple: not null })
            throw limit.Error($"{options.Verb.GetName()} takes a time for --timeout, not a multiple of the median");
        if (options.Verb == RunVerb.Reboot && options.Command is [var first, ..])
            throw new UsageException($"reboot takes no command: unexpected '{first}'; the command that reboots a host is --reboot-command");
    }

    /// <summary>Creates the job of <c>reboot</c>.</summary>
    /// <param name="terminal">The terminal of the command; null for none.</param>
    public RebootJob CreateReboot(PseudoTerminal? terminal = null) => new(CommandJob.Shell(Command.Value ?? DefaultCommand) with { Terminal = terminal })
    {
        BootIdFile = BootIdFile.Value ?? RebootJob.LinuxBootIdFile,
        OwnBootId = ReadOwnBootId(),
        Interval = IntervalValue,
    };

    /// <summary>Creates the job of <c>wait-for</c>.</summary>
    /// <param name="command">The command; empty for a login alone.</param>
    /// <param name="variables">The variables of the hosts; null for none.</param>
    /// <param name="terminal">The terminal of the command; null for none.</param>
    public WaitJob CreateWait(string[] command, HostVariables? variables = null, PseudoTerminal? terminal = null) => new(command.Length == 0
        ? null
        : CommandJob.Shell(string.Join(' ', command)) with { Terminal = terminal, TargetEnvironment = variables is { HasAny: true } ? variables.Get : null })
    {
        Interval = IntervalValue,
    };

    /// <summary>Returns a plan with the limits that <c>--timeout</c> states for these verbs.</summary>
    public static RunPlan Apply(RunPlan plan) => plan.Job switch
    {
        RebootJob when plan.CommandTimeout == Timeout.InfiniteTimeSpan => plan with { CommandTimeout = DefaultTimeout },
        // It limits the wait as a whole, so that hosts that wait for their turn are included.
        WaitJob => plan with { CommandTimeout = Timeout.InfiniteTimeSpan, Deadline = Shorter(plan.CommandTimeout, plan.Deadline) },
        _ => plan,
    };

    /// <summary>Refuses to reboot jump hosts that others are reached through.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public static async Task CheckJumpHostsAsync(SshOptions ssh, TransportChoice transport, ImmutableArray<Target> targets)
    {
        if (!transport.UsesSsh())
            throw new UsageException("reboot reaches hosts over SSH; --transport exec would reboot this machine");
        var connections = await OpenSsh.PlanConnectionsAsync(ssh, targets, transport == TransportChoice.OpenSsh ? true : null);
        var jumps = connections.SelectMany(connection => connection.JumpAddresses).Select(GetHost).ToHashSet(StringComparer.OrdinalIgnoreCase);
        ImmutableArray<string> used = [.. targets.Where((_, index) => jumps.Contains(GetHost(connections[index].Address))).Select(target => target.Label)];
        if (!used.IsEmpty)
            throw new UsageException($"other hosts are reached through {HostList.Fold(used)}; reboot it in a run of its own, and leave it out here: -x {HostList.Fold(used)}");
    }

    /// <summary>Asks whether to reboot.</summary>
    /// <exception cref="UsageException">There is no terminal.</exception>
    /// <exception cref="DeclinedException">The answer is no.</exception>
    public static void Ask(RunOptions options, RunPlan plan, int? limit, Func<string, string?> ask)
    {
        if (!options.Choice.Yes.IsGiven && !options.Choice.DryRun.IsGiven && !options.Choice.Confirm.IsGiven)
            new Confirmation(plan, limit, "reboot", options.Elevation.Description).Ask(ask);
    }

    /// <summary>Returns an address without its port: another server on the same machine goes down with it.</summary>
    private static string GetHost(string address)
    {
        var host = address[..(address.LastIndexOf(':') is > 0 and var end ? end : address.Length)].Trim('[', ']');
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var ip) && ip.Equals(IPAddress.IPv6Loopback)) ? "127.0.0.1" : host;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) =>
        one == Timeout.InfiniteTimeSpan ? other : other == Timeout.InfiniteTimeSpan || one < other ? one : other;

    private static string? ReadOwnBootId()
    {
        try
        {
            return File.ReadAllText(RebootJob.LinuxBootIdFile).Trim();
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            throw new UsageException($"the boot id of this machine can't be read, so it could not be told from the hosts: {RebootJob.LinuxBootIdFile}: {SystemMessage.Of(failure)}");
        }
    }
}
