using System.Collections.Immutable;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;
using Volley.Inventory;

namespace Volley.Cli.Options;

/// <summary>The options for the program's exit code.</summary>
internal sealed class ExitCodeOptions() : OptionGroup("Exit code")
{
    private const string OwnCodes = "its exit code is 0 if all hosts were reached, 1 if some, 255 if none";

    private static readonly RunVerb[] Waiting = [RunVerb.Reboot, RunVerb.WaitFor];

    public readonly Option<string> MainRank = new(Values.Target, "--main-rank")
    {
        ValueName = "HOST",
        Completes = OptionValues.Hosts,
        Help = "host whose exit code volley exits with",
        Default = "the first",
        NeedsCommand = OwnCodes,
        AlsoFor = Waiting,
    };
    public readonly Flag RequireAllSuccess = new("--require-all-success")
    {
        Help = "exit with 0 if all hosts succeed, else 1",
        NeedsCommand = OwnCodes,
        AlsoFor = Waiting,
    };
    public readonly Flag CheckAllNodes = new("--check-all-nodes")
    {
        Help = "exit with the main rank's code, or with 1 if it is 0 and another host failed",
        NeedsCommand = OwnCodes,
        AlsoFor = Waiting,
    };
    public readonly Flag AnyFailure = new("--any-failure") { Help = "exit with the largest code of all hosts", NeedsCommand = OwnCodes, AlsoFor = Waiting };

    public override IReadOnlyList<Option> Options => [MainRank, RequireAllSuccess, CheckAllNodes, AnyFailure];

    /// <summary>Whether the user has chosen the strategy.</summary>
    public bool IsStrategyNamed => new Option[] { MainRank, RequireAllSuccess, CheckAllNodes, AnyFailure }.Any(option => option.IsGiven);

    /// <summary>Returns the strategy for the exit code.</summary>
    /// <param name="standard">The strategy if none is given.</param>
    /// <exception cref="UsageException">Several strategies are given.</exception>
    public ExitCodeStrategy Strategy(ExitCodeStrategy standard)
    {
        (Flag Flag, ExitCodeStrategy Strategy)[] rules =
        [
            (RequireAllSuccess, ExitCodeStrategy.RequireAllSuccess),
            (CheckAllNodes, ExitCodeStrategy.CheckAllNodes),
            (AnyFailure, ExitCodeStrategy.AnyFailure),
        ];
        foreach (var (flag, _) in rules)
        {
            if (Array.Find(rules, rule => rule.Flag != flag && rule.Flag.Contradicts(flag)).Flag is { } other)
                throw flag.Error($"{flag.Name} and {other.Name} are mutually exclusive; choose one");
        }

        if (Array.Find(rules, rule => rule.Flag.IsGiven) is { Flag: not null } chosen)
            return chosen.Strategy;
        return MainRank.IsGiven ? ExitCodeStrategy.MainRank : standard;
    }

    /// <summary>Returns the index of the main rank: the first target that the expression selects.</summary>
    /// <exception cref="UsageException">The main rank is not one of the targets.</exception>
    /// <exception cref="HostListException">The expression is invalid.</exception>
    /// <exception cref="HostSourceException">A source that the expression names can't be read.</exception>
    public async ValueTask<int> FindMainRankAsync(ImmutableArray<Target> targets, SourceAccess sources, ProgramEnvironment environment)
    {
        if (MainRank.Value is not { } name)
            return MainRankLookup.FromEnvironment(targets, environment.Variable);
        if (MainRankLookup.Find(targets, name) is { } index)
            return index;
        var expression = HostExpression.Parse(name, MainRank.ExpressionOrigin);
        return await expression.FindIndicesAsync(targets, sources.Get(expression)) is [var first, ..]
            ? first
            : throw MainRank.Error($"--main-rank {name} is not one of the {targets.Length} hosts; the first is {targets[0].Label}");
    }
}
