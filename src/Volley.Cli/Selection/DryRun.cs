using Volley.Cli.Output;
using Volley.Cli.Relays;
using Volley.Cli.Run;
using Volley.Cli.Terminal;

namespace Volley.Cli.Selection;

/// <summary>Shows what a run would do: its hosts, its command, and the transport and the route of each host. No host is contacted.</summary>
/// <param name="settings">The settings of the run.</param>
/// <param name="writer">The destination.</param>
internal sealed class DryRun(RunSettings settings, TerminalWriter writer)
{
    /// <summary>Prints the plan. Returns 0.</summary>
    /// <exception cref="UsageException">ssh would refuse its configuration.</exception>
    public async Task<int> RunAsync()
    {
        if (settings.Transport.UsesSsh() && settings.Relays is null)
            await RunTransport.CheckAsync(settings);
        foreach (var note in settings.Notes)
            writer.PrintErr(note);
        writer.PrintOut(PlanText.Describe(settings.RunningPlan, settings.User));
        foreach (var line in settings.Rollout?.Describe() ?? [])
            writer.PrintOut(line);
        writer.PrintOut(TextTable.Format(await GetRowsAsync()));
        writer.Flush();
        return 0;
    }

    private static string DescribeRelays(RelaySettings relays, Target target) => relays.LocalCount > 0
        ? $"via {NumberText.Count(relays.LocalCount, "relay")} on this machine"
        : $"via relays of {relays.Queue(target)}";

    private async Task<List<string[]>> GetRowsAsync()
    {
        var rows = new List<string[]>(settings.RunningPlan.Targets.Length);
        if (settings.Relays is { } relays)
        {
            rows.AddRange(settings.RunningPlan.Targets.Select(target => (string[])[target.Label, settings.Transport.GetName(), DescribeRelays(relays, target)]));
            return rows;
        }

        if (!settings.Transport.UsesSsh())
        {
            rows.AddRange(settings.RunningPlan.Targets.Select(target => (string[])[target.Label, settings.Transport.GetName(), "a local process"]));
            return rows;
        }

        bool? usesOpenSsh = settings.Transport switch
        {
            TransportChoice.Native => false,
            TransportChoice.OpenSsh => true,
            _ => null,
        };
        var connections = await OpenSsh.PlanConnectionsAsync(settings.Ssh, settings.RunningPlan.Targets, usesOpenSsh);
        foreach (var (target, planned) in settings.RunningPlan.Targets.Zip(connections))
        {
            var route = planned.Reason is { } reason ? $"{planned.Route} ({reason})" : planned.Route;
            rows.Add([target.Label, planned.UsesOpenSsh ? "openssh" : "native", route]);
        }

        return rows;
    }
}
