using System.Globalization;
using Volley.Inventory;

namespace Volley.Cli.Options.Parsing;

/// <summary>An option: its names, its help, the contexts in which it is valid, where it can be set, and its value.</summary>
/// <param name="names">The names; the first is used in messages.</param>
internal abstract class Option(string[] names)
{
    private const string Prefix = "VOLLEY_";

    // Set in the environment of commands, so they would reach a Volley that such a command starts; and the program's own variables.
    private static readonly string[] ReservedVariables = ["HOST", "RANK", "SIZE", "MAIN", "RUN", "COMMAND", "ASKPASS", "SOCKETS"];

    private readonly List<string> _texts = [];

    /// <summary>The names, with their hyphens.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>The name used in messages: the long name, if there is one.</summary>
    public string Name => names[0];

    /// <summary>The one-letter name; null if there is none.</summary>
    public string? Letter => Array.Find(names, name => name.Length == 2);

    /// <summary>The long name; null if there is none.</summary>
    public string? LongName => Array.Find(names, name => name.Length > 2);

    /// <summary>The key in configuration files: the long name without hyphens in front; null if files can't set the option.</summary>
    public string? Key => IsConfigurable ? LongName?[2..] : null;

    /// <summary>The variable that sets the option; null if there is none.</summary>
    public string? Variable
    {
        get
        {
            if (!HasVariable || LongName is not { } name)
                return null;
            var variable = name[2..].ToUpperInvariant().Replace('-', '_');
            return ReservedVariables.Contains(variable) || variable.StartsWith("ATTR_", StringComparison.Ordinal) ? null : Prefix + variable;
        }
    }

    /// <summary>
    /// The name that undoes what a file or a variable sets: <c>--no-keep</c> for <c>--keep</c>, and <c>--reuse</c> for <c>--no-reuse</c>; null if
    /// neither can set the option, or the name has a meaning of its own.
    /// </summary>
    public string? Negation => HasNegation && (IsConfigurable || HasVariable) && LongName is { } name
        ? name.StartsWith("--no-", StringComparison.Ordinal) ? $"--{name[5..]}" : $"--no-{name[2..]}"
        : null;

    /// <summary>The name of the value in the help; null if the option takes none.</summary>
    public string? ValueName { get; init; }

    /// <summary>The name in the help of a value that can be left out, and follows <c>=</c> otherwise; null if there is no such value.</summary>
    public string? OptionalValueName { get; init; }

    /// <summary>The description, without the default.</summary>
    public required string Help { get; init; }

    /// <summary>The value that applies if the option is not set; null if there is none to name.</summary>
    public string? Default { get; init; }

    /// <summary>The possible values, if they can be listed.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether a value can name several of the choices, separated by commas.</summary>
    public bool HasListOfChoices { get; init; }

    /// <summary>Whether the value is a path, in which files can write <c>~</c> for the home directory.</summary>
    public bool IsPath => Completes is OptionValues.Files or OptionValues.Directories;

    /// <summary>The values that shells suggest.</summary>
    public OptionValues Completes { get; init; }

    /// <summary>Whether configuration files can set the option.</summary>
    public bool IsConfigurable { get; init; } = true;

    /// <summary>Whether a variable can set the option: not if it names a command or a secret, or removes a safeguard.</summary>
    public bool HasVariable { get; init; } = true;

    /// <summary>Whether <c>--no-NAME</c> sets the option back to its default.</summary>
    public bool HasNegation { get; init; } = true;

    /// <summary>Whether ssh_config can state the value for a host.</summary>
    public bool IsInSshConfig { get; init; }

    /// <summary>Whether the option has an effect only with a connection, and so none with local processes.</summary>
    public bool NeedsConnection { get; init; }

    /// <summary>Whether the option concerns connections that outlive the run, which only ssh makes.</summary>
    public bool NeedsKeptConnection { get; init; }

    /// <summary>The reason why the option has no effect without a command; null if it has one.</summary>
    public string? NeedsCommand { get; init; }

    /// <summary>The verbs that run no command of the user and with which the option has an effect in spite of <see cref="NeedsCommand"/>.</summary>
    public IReadOnlyList<RunVerb> AlsoFor { get; init; } = [];

    /// <summary>The reason why the option has no effect when keys are edited; null for that of <see cref="NeedsCommand"/>.</summary>
    public string? NotForKeys { get; init; }

    /// <summary>The reason why the option has no effect when files are copied; null if it has one.</summary>
    public string? NotForTransfers { get; init; }

    /// <summary>Whether the option has no effect with <c>wait-for</c>, whose hosts are tried until the time limit.</summary>
    public bool HasNoEffectOnWaits { get; init; }

    /// <summary>The verbs that the option is for; null for all.</summary>
    public IReadOnlyList<RunVerb>? Verbs { get; init; }

    /// <summary>Where the option was set, or set back to its default; null if it was not.</summary>
    public OptionOrigin? Origin { get; private set; }

    /// <summary>The number of its occurrences.</summary>
    public int Count { get; private set; }

    public bool IsGiven => Count > 0;

    /// <summary>Whether it is given on the command line, so that it must have its effect or be an error.</summary>
    public bool IsRequested => IsGiven && Origin is { Layer: OptionLayer.CommandLine };

    /// <summary>Whether it is given at a place that precedes what clusters and inventories state about their hosts.</summary>
    public bool PrecedesClusters => IsGiven && Origin is { Layer: < OptionLayer.Cluster };

    /// <summary>The values as they were given.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>Whether it may occur more than once.</summary>
    public abstract bool MayRepeat { get; }

    /// <summary>Adds an occurrence on the command line.</summary>
    /// <param name="value">The value, empty if the option takes none; null to set the option back to its default.</param>
    /// <exception cref="UsageException">The value is invalid.</exception>
    public void Take(string? value)
    {
        if (value is null)
            Clear();
        else
            Add(value);
        Origin = OptionOrigin.CommandLine;
    }

    /// <summary>Sets the values that a file or a variable states, unless the option is already set.</summary>
    /// <param name="values">The values; none, or an empty one, for the default.</param>
    /// <param name="origin">The file or variable.</param>
    /// <exception cref="UsageException">A value is invalid, or there are several and the option takes one.</exception>
    /// <exception cref="HostListException">A value is an invalid host expression.</exception>
    public void TakeDefault(IReadOnlyList<string> values, OptionOrigin origin)
    {
        if (Origin is not null)
            return;
        if (values.Count > 1 && (ValueName is null || !MayRepeat))
            throw origin.Error(string.Create(CultureInfo.InvariantCulture, $"{Name} takes one value, not {values.Count}"));
        try
        {
            foreach (var value in values.Where(value => value.Length > 0))
                Add(value);
        }
        catch (UsageException usage)
        {
            // The file or variable has the long name.
            throw origin.Error(usage.Message.Contains(LongName!, StringComparison.Ordinal) ? usage.Message : $"{LongName}: {usage.Message}");
        }
        catch (HostListException list)
        {
            throw new HostListException(list.Message, list.Expression, list.Position, list) { Origin = GetExpressionOrigin(origin), Remedy = list.Remedy };
        }

        Origin = origin;
    }

    /// <summary>Sets the value that the option's variable states, unless the option is already set or the variable is empty.</summary>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">The value is invalid.</exception>
    public void TakeVariable(Func<string, string?> variable)
    {
        if (Variable is { } name && variable(name) is { Length: > 0 } value)
            TakeDefault([value], new OptionOrigin(OptionLayer.Environment, new FilePlace(name, 0)));
    }

    /// <summary>
    /// Removes a value that does not apply to this run, if a file or a variable sets it. One of the command line stays, as an error of the user.
    /// </summary>
    public void DropDefault()
    {
        if (Origin is not { Layer: OptionLayer.CommandLine })
            Drop();
    }

    /// <summary>
    /// Returns whether this option and another one contradict each other. If they were set at places of different precedence, the one of lower
    /// precedence is dropped and there is no contradiction.
    /// </summary>
    public bool Contradicts(Option other)
    {
        if (!IsGiven || !other.IsGiven)
            return false;
        if (Origin!.Layer == other.Origin!.Layer)
            return true;
        (Origin.Layer > other.Origin.Layer ? this : other).Drop();
        return false;
    }

    /// <summary>Returns why the option has no effect with a verb; null if it has one.</summary>
    public string? GetMisplacement(RunVerb verb) =>
        verb.EditsKeys() && NotForKeys is { } elsewhere ? $"{verb.GetName()} takes no {Name}: {elsewhere}"
        : (verb.IsPing() || verb.EditsKeys()) && NeedsCommand is { } reason ? $"{verb.GetName()} takes no {Name}: {reason}"
        : verb is RunVerb.Reboot or RunVerb.WaitFor && NeedsCommand is not null && !AlsoFor.Contains(verb)
            ? $"{verb.GetName()} takes no {Name}: it has no effect there"
        : verb == RunVerb.WaitFor && HasNoEffectOnWaits ? $"{verb.GetName()} takes no {Name}: all its hosts are tried until the time limit"
        : verb.IsTransfer() && NotForTransfers is { } unused ? $"{verb.GetName()} takes no {Name}: {unused}"
        : Verbs is { } verbs && !verbs.Contains(verb) ? $"{Name} is an option of volley {string.Join(" and ", verbs.Select(one => one.GetName()))}"
        : null;

    /// <summary>The file or variable and the name of the option, for errors of a host expression; null for the command line.</summary>
    public string? ExpressionOrigin => Origin is null or { Layer: OptionLayer.CommandLine } ? null : GetExpressionOrigin(Origin);

    /// <summary>The letter on the command line, and the long name, as in files and variables, elsewhere.</summary>
    public string WrittenName => IsRequested ? Letter ?? Name : LongName ?? Name;

    /// <summary>Returns a usage error about the value, which names the file or the variable that sets it.</summary>
    public UsageException Error(string message) => Origin is null ? new(message) : Origin.Error(message);

    /// <summary>Reads one value, and returns the number of occurrences that it stands for.</summary>
    /// <exception cref="UsageException">The value is invalid.</exception>
    protected abstract int Read(string value);

    /// <summary>Returns the value that stands for a given one.</summary>
    protected virtual string Complete(string value) => value;

    /// <summary>Removes the value.</summary>
    protected abstract void Reset();

    private string GetExpressionOrigin(OptionOrigin origin) => $"{origin.Place}: {LongName}";

    private void Add(string value)
    {
        value = Complete(value);
        Count += Read(value);
        if (value.Length > 0)
            _texts.Add(value);
    }

    private void Drop()
    {
        Clear();
        Origin = null;
    }

    private void Clear()
    {
        Count = 0;
        _texts.Clear();
        Reset();
    }
}

/// <summary>The kind of values that shells suggest for an option, beside its choices.</summary>
internal enum OptionValues
{
    None,
    Files,
    Directories,
    /// <summary>A host expression.</summary>
    Hosts,

    /// <summary>Hosts that commas separate, without groups and operators.</summary>
    PlainHosts,
    Clusters,
    Profiles,
    Programs,
}
