using Volley.Cli.Options;
using Volley.Cli.Terminal;
using Volley.Inventory;

namespace Volley.Cli.Selection;

/// <summary>The answer of <c>--why</c>: for each host, the option, the group and the source that select it, or the option that excludes it.</summary>
/// <param name="options">The command line.</param>
/// <param name="environment">The environment and standard input.</param>
/// <param name="writer">The destination.</param>
internal sealed class SelectionExplanation(RunOptions options, ProgramEnvironment environment, TerminalWriter writer)
{
    private readonly SourceAccess _sources = SourceAccess.Of(options, environment);
    private readonly Dictionary<string, string> _locations = [];

    /// <summary>Prints a line for each host. Returns 0 if all are selected, else 1.</summary>
    /// <exception cref="UsageException">No hosts are named, or the options are inconsistent.</exception>
    /// <exception cref="HostListException">A host expression is invalid.</exception>
    /// <exception cref="HostSourceException">A source that an expression names can't be read.</exception>
    public async Task<int> RunAsync()
    {
        SettingsResolver.CheckHosts(options, environment);
        var steps = new List<SelectionStep>();
        try
        {
            await new TargetSelection(options, _sources, environment, line => writer.PrintErr(line)) { Steps = steps }.SelectAsync();
        }
        catch (EmptySelectionException)
        {
            // The steps tell which option excludes the hosts.
        }

        var expression = HostExpression.Parse(options.Choice.Why.Value!);
        var named = steps.Where(step => !step.Narrows).SelectMany(step => step.Hosts).ToArray();
        var asked = await expression.EvaluateAsync(_sources.Get(expression), known: named);
        foreach (var source in await _sources.Get(areNeeded: named.Any(host => host.Origin is not null)).OpenAllAsync())
            _locations[source.Name] = source.Location;
        var found = steps.ConvertAll(step => (Step: step, Hosts: step.Hosts.ToLookup(host => host.Name.Host)));
        var areAllSelected = true;
        foreach (var host in asked)
        {
            var (text, isSelected) = Explain(host, found);
            writer.PrintOut($"{host.Name}: {text}");
            areAllSelected &= isSelected;
        }

        writer.Flush();
        return areAllSelected ? 0 : ExitCodes.Failure;
    }

    private (string Text, bool IsSelected) Explain(KnownHost host, List<(SelectionStep Step, ILookup<string, KnownHost> Hosts)> steps)
    {
        var selecting = new List<string>();
        foreach (var (step, hosts) in steps)
        {
            var match = hosts[host.Name.Host].FirstOrDefault(other => IsMatch(host.Name, other.Name));
            if (!step.Narrows && match is not null)
                selecting.Add($"{step.Option}{Describe(match.Origin)}");
            else if (step.Narrows && match is null && selecting.Count > 0)
                return ($"excluded by {step.Option}; selected by {string.Join(" and ", selecting)}", false);
        }

        var named = steps.Where(found => !found.Step.Narrows).Select(found => found.Step.Option);
        return selecting.Count == 0
            ? ($"not selected; it is not among the hosts of {string.Join(" and ", named)}", false)
            : ($"selected by {string.Join(" and ", selecting)}", true);
    }

    private string Describe(HostOrigin? origin)
    {
        if (origin is null)
            return "";
        var location = _locations.TryGetValue(origin.Source, out var path) ? $", {path}" : "";
        return $" ({origin}{location})";
    }

    private static bool IsMatch(Target asked, Target name) =>
        (asked.User is null || asked.User == name.User) && (asked.Port is null || asked.Port == name.Port);
}
