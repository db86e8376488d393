using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Journal;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Output;
using Volley.Cli.Run;

namespace Volley.Cli.Rollouts;

/// <summary>The command line of a run, for some of its hosts, as <c>sh</c> reads it in the directory and with the environment of the run.</summary>
/// <param name="options">The options of the run.</param>
/// <param name="plan">The plan of the run.</param>
/// <param name="canary">The canary, if an option names it.</param>
/// <param name="canNarrow">Whether a filter by host names chooses some of the hosts again.</param>
/// <param name="mask">The values that are secret; null for none.</param>
internal sealed class RepeatedCommand(RunOptions options, RunPlan plan, ImmutableArray<Target> canary, bool canNarrow, SecretMask? mask)
{
    // Files whose content has been read, and which are not the same later.
    private static readonly string[] Pipes = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"];

    /// <summary>Why no options select some of the hosts again, if <see cref="For"/> returns null.</summary>
    public string Obstacle => options.Repeated is { } repeated
        ? string.Create(CultureInfo.InvariantCulture, $"this run repeats run {repeated.Entry.Number}, and without a journal its results are not known later")
        : "they came from standard input, or a host is listed twice, and a list of names does not have all settings of the hosts";

    /// <summary>Whether the command holds a secret value, so that no journal can repeat it.</summary>
    public bool HasSecretCommand => mask is not null && options.Command.Any(argument => mask.Hide(argument) != argument);

    private HostOptions Hosts => options.Hosts;

    /// <summary>Returns the command line that repeats a run by its journal.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="run">The number of the run.</param>
    /// <param name="includesRunning">Whether it also repeats commands that may still run.</param>
    /// <param name="steps">Receives what the user must do before, because the journal does not have it.</param>
    public string ForJournal(string verb, int run, bool includesRunning, ICollection<string> steps)
    {
        foreach (var name in StoredOptions.Get(options, mask).Omitted)
        {
            if (name == options.Job.Stdin.Name)
                steps.Add("send the same standard input, with --stdin");
            else if (name != options.Job.Script.Name)
                steps.Add($"give {name} again, because the journal does not have its value");
            else if (JobCommands.Get(plan.Job) is not [{ IsScript: true, Input.IsRepeatable: true }, ..])
                steps.Add($"give {name} again, because its pipe has been read");
        }

        string[] words =
        [
            "volley", verb, run.ToString(CultureInfo.InvariantCulture),
            .. includesRunning ? [RepeatRequest.IncludeRunning] : (string[])[],
            // The journal does not keep an answer.
            .. options.Choice.Yes.IsRequested ? [options.Choice.Yes.LongName!] : (string[])[],
        ];
        return string.Join(' ', words);
    }

    /// <summary>Returns the command line for hosts; null if no options select them again.</summary>
    /// <param name="targets">Hosts of the run, in their order.</param>
    /// <param name="steps">Receives what the user must do before, and what will not be the same.</param>
    public string? For(IReadOnlyList<Target> targets, ICollection<string> steps)
    {
        if (Select(targets, steps) is not { } selection)
            return null;
        string[] verb = options.Verb == RunVerb.Run ? [] : options.Verb.GetName().Split(' ');
        string[] words = ["volley", .. verb, .. selection, .. GetOptions(targets, steps), .. GetArguments(steps)];
        return string.Join(' ', words.Select(ShellText.Quote));
    }

    /// <summary>Returns the options that select hosts; null if none select exactly these.</summary>
    private List<string>? Select(IReadOnlyList<Target> targets, ICollection<string> steps)
    {
        var words = new List<string>();
        var choice = options.Choice;
        if (options.Repeated is not null)
            return null;
        if (plan.Targets.All(IsNameEnough) && !options.All.Any(option => option is { IsGiven: true, Origin.Layer: OptionLayer.Cluster }))
        {
            words.AddRange(["-H", List(targets.Select(target => target.Name))]);
            Undo(words, choice.Order);
        }
        else if (canNarrow && !targets.Any(target => target.Host.Contains('=', StringComparison.Ordinal)))
        {
            foreach (var option in (Option[])[Hosts.Hosts, Hosts.Cluster, Hosts.All, Hosts.Exclude, choice.Order])
                Add(words, option, steps);
            var names = List(targets.Select(target => new Target(target.Host).Name));
            words.Add($"{Hosts.Filter.Name}={(Hosts.Filter.Value is { } filter ? $"({filter})&({names})" : names)}");
            if (choice.Order.Value == "random")
                steps.Add("note that the order is another random one");
        }
        else
        {
            return null;
        }

        Undo(words, choice.Limit, choice.Pick, choice.Seed);
        Add(words, Hosts.Inventory, steps);
        return words;
    }

    /// <summary>Whether the name of a target leads to it. What a source states about a host besides is lost in a list of names.</summary>
    private static bool IsNameEnough(Target target) => target is { Address: null, ProxyJump: null, IdentityFile: null, Attributes.Count: 0 };

    /// <summary>Returns a list of names in their order, folded if that keeps the order.</summary>
    private static string List(IEnumerable<string> names)
    {
        string[] all = [.. names];
        var folded = HostList.Fold(all);
        return HostList.Parse(folded).Select(host => host.Name).SequenceEqual(all) ? folded : string.Join(',', all);
    }

    private List<string> GetOptions(IReadOnlyList<Target> targets, ICollection<string> steps)
    {
        var words = new List<string>();
        var choice = options.Choice;
        Option[] selecting =
        [
            Hosts.Hosts, Hosts.Cluster, Hosts.All, Hosts.Inventory, Hosts.Exclude, Hosts.Filter,
            choice.Limit, choice.Pick, choice.Seed, choice.Order,
        ];
        foreach (var option in options.All.Except(selecting))
        {
            if (option == options.Rollout.Canary && option.IsGiven)
                AddCanary(words, targets);
            else if (option == options.ExitCode.MainRank && option.IsGiven)
                AddMainRank(words, targets, steps);
            else if (option == options.Job.Environment && option.IsRequested)
                AddVariables(words, steps);
            else
                Add(words, option, steps);
        }

        if (options.Job.Stdin.IsGiven)
            steps.Add("send the same standard input, because --stdin reads it");
        if (options.Variables.Each.IsGiven && targets.Count < plan.Targets.Length)
            steps.Add("remove the rows of other hosts from the file of --each");
        if (options.Output.OutputDir.IsGiven && !options.Output.Overwrite.IsGiven)
            steps.Add("choose another --output-dir, because this one has files");
        return words;
    }

    private string[] GetArguments(ICollection<string> steps)
    {
        if (HasSecretCommand)
            steps.Add("put the secret value in place of *** in the command");
        if (RefersToRanks())
            steps.Add("note that ranks count the hosts that are left");
        return options.Command.Length == 0 ? [] : ["--", .. options.Command.Select(Hide)];
    }

    private string Hide(string text) => mask?.Hide(text) ?? text;

    private bool RefersToRanks()
    {
        List<string> ranks = ["VOLLEY_RANK", "VOLLEY_SIZE"];
        if (!options.Job.TransportChoice.UsesSsh())
            ranks.Add("%n");
        if (options.Variables.Placeholders.IsGiven)
            ranks.AddRange(["{rank}", "{size}"]);
        return options.Command.Concat(options.Steps.Then.Values).Any(text => ranks.Exists(rank => text.Contains(rank, StringComparison.Ordinal)));
    }

    /// <summary>Adds an option as the command line has it. What files and variables state applies again.</summary>
    private void Add(List<string> words, Option option, ICollection<string> steps)
    {
        if (option.Origin is not { Layer: OptionLayer.CommandLine })
            return;
        var name = option.LongName ?? option.Name;
        if (!option.IsGiven)
            words.Add(option.Negation!);
        else if (option is Flag)
            words.AddRange(Enumerable.Repeat(name, option.Count));
        else
            words.AddRange(option.Texts.Select(text => $"{name}={Hide(text)}"));
        if (mask is not null && option.Texts.Any(text => mask.Hide(text) != text))
            steps.Add($"put the secret value in place of *** in {name}");
        if (option.IsPath && option.Texts.Any(text => Pipes.Any(pipe => text.StartsWith(pipe, StringComparison.Ordinal))))
            steps.Add($"give the content of {name} again, because its pipe has been read");
    }

    /// <summary>Sets options of files and variables back to their defaults.</summary>
    private static void Undo(List<string> words, params Option[] undone) => words.AddRange(
        undone.Where(option => option is { IsGiven: true, Origin.Layer: not OptionLayer.CommandLine }).Select(option => option.Negation!));

    private void AddCanary(List<string> words, IReadOnlyList<Target> targets)
    {
        var left = targets.Where(target => canary.Any(one => one.Index == target.Index)).Select(target => target.Name).ToList();
        if (left.Count > 0)
            words.Add($"{options.Rollout.Canary.Name}={List(left)}");
        else
            Undo(words, options.Rollout.Canary);
    }

    private void AddMainRank(List<string> words, IReadOnlyList<Target> targets, ICollection<string> steps)
    {
        var option = options.ExitCode.MainRank;
        if (targets.Any(target => target.Index == plan.MainRank))
        {
            Add(words, option, steps);
            return;
        }

        Undo(words, option);
        var done = plan.Targets.First(target => target.Index == plan.MainRank);
        steps.Add($"note that the exit code is not that of the main rank {done.Label}, which is not among the hosts");
    }

    /// <summary>Adds the variables that are not secret. A secret must not be shown on a terminal.</summary>
    private void AddVariables(List<string> words, ICollection<string> steps)
    {
        var option = options.Job.Environment;
        foreach (var variable in option.Values)
        {
            var name = variable.Split('=')[0];
            if (options.Journal.Secrets.Values.Contains(name) || (mask is not null && mask.Hide(variable) != variable))
                steps.Add($"add {option.Name} {name}=VALUE, because it is secret");
            else
                words.Add($"{option.Name}={variable}");
        }
    }
}
