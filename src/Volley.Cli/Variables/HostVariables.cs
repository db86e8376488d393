using System.Collections.Immutable;
using System.Globalization;
using Volley.Cli.Options;
using Volley.Rollout;

namespace Volley.Cli.Variables;

/// <summary>The variables that the command has at each host, and the placeholders that stand for them.</summary>
internal sealed class HostVariables
{
    private const string Prefix = "VOLLEY_";
    private const string AttributePrefix = "VOLLEY_ATTR_";
    private const string User = "user";

    /// <summary>Variables of an Ansible inventory that say how to reach a host, which can hold passwords.</summary>
    private const string ConnectionAttributes = "ansible_";

    private readonly Dictionary<string, string> _common;
    private readonly int _mainRank;
    private readonly ImmutableHashSet<string> _replaced;
    private readonly EachFile? _rows;
    private readonly bool _isOff;
    private readonly string[] _placeholders;

    private HostVariables(
        Dictionary<string, string> common, int mainRank, ImmutableHashSet<string> replaced, EachFile? rows, bool isOff, IEnumerable<string> placeholders) =>
        (_common, _mainRank, _replaced, _rows, _isOff, _placeholders) = (common, mainRank, replaced, rows, isOff, [.. placeholders]);

    /// <summary>Creates the variables of a run.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="mainRank">The index of the main rank.</param>
    /// <param name="id">The identity of the run.</param>
    /// <param name="placeholders">The names of the placeholders in the command.</param>
    /// <exception cref="UsageException">The file of <c>--each</c> does not fit the targets, or a target has no value for a placeholder.</exception>
    public static HostVariables Create(RunOptions options, ImmutableArray<Target> targets, int mainRank, RunId id, IEnumerable<string> placeholders)
    {
        var rows = options.Variables.Each.Value is { } path ? EachFile.Read(path, targets) : null;
        var common = new Dictionary<string, string>
        {
            ["VOLLEY_SIZE"] = targets.Length.ToString(CultureInfo.InvariantCulture),
            ["VOLLEY_MAIN"] = targets[mainRank].Host,
            ["VOLLEY_RUN"] = id.ToString(),
        };
        // The values of the command line count.
        var replaced = options.Job.Environment.Values.Select(variable => variable.Split('=', 2)[0]).ToImmutableHashSet();
        var variables = new HostVariables(common, mainRank, replaced, rows, options.Variables.Off.IsGiven, placeholders.Distinct());
        variables.CheckPlaceholders(targets);
        return variables;
    }

    /// <summary>Whether a host has variables of its own.</summary>
    public bool HasAny => !_isOff || _rows is not null;

    /// <summary>The number of rows for hosts that are not in the run.</summary>
    public int UnusedRows => _rows?.Unused ?? 0;

    /// <summary>Returns the variables of a host.</summary>
    public IReadOnlyDictionary<string, string> Get(Target target)
    {
        var variables = new Dictionary<string, string>();
        if (!_isOff)
        {
            foreach (var (name, value) in _common)
                variables.Add(name, value);
            variables.Add("VOLLEY_HOST", target.Host);
            variables.Add("VOLLEY_RANK", GetRank(target).ToString(CultureInfo.InvariantCulture));
            AddAttributes(variables, target);
            foreach (var name in _replaced)
                variables.Remove(name);
        }

        if (_rows is null)
            return variables;
        foreach (var (name, value) in _rows.Find(target).Values)
            variables[name] = value;
        return variables;
    }

    /// <summary>Returns variables of all targets, each as <c>NAME=VALUE</c>.</summary>
    /// <param name="names">The names of the variables.</param>
    /// <param name="targets">The targets.</param>
    public IEnumerable<string> GetAll(IReadOnlyList<string> names, ImmutableArray<Target> targets) => names.Count == 0 ? [] : targets
        .SelectMany(target => Get(target).Where(variable => names.Contains(variable.Key)))
        .Select(variable => $"{variable.Key}={variable.Value}")
        .Distinct();

    /// <summary>Returns the variable that a placeholder stands for.</summary>
    public string GetVariable(string placeholder) => placeholder switch
    {
        // The login name, as sshd sets it: a name in ssh_config or that of the local user is not known here.
        User => "LOGNAME",
        "host" or "rank" or "size" or "main" or "run" => Prefix + placeholder.ToUpperInvariant(),
        _ => _rows?.HasColumn(placeholder) == true ? placeholder : ToVariable(placeholder),
    };

    /// <summary>Returns the value of a placeholder at a host.</summary>
    /// <param name="placeholder">The name of the placeholder.</param>
    /// <param name="target">The host.</param>
    /// <param name="user">The login name.</param>
    public string GetValue(string placeholder, Target target, string user) => placeholder == User ? user : Get(target)[GetVariable(placeholder)];

    /// <summary>Returns 0 for the main rank, as programs such as torchrun expect it of the host that coordinates. The other targets follow in their order.</summary>
    private int GetRank(Target target) => target.Index == _mainRank ? 0 : target.Index < _mainRank ? target.Index + 1 : target.Index;

    private static string ToVariable(string attribute) =>
        AttributePrefix + string.Concat(attribute.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));

    private void AddAttributes(Dictionary<string, string> variables, Target target)
    {
        if (target.Attributes.Count == 0)
            return;
        // Attributes that the command names come first, because two can become the same variable.
        foreach (var name in _placeholders.Concat(target.Attributes.Keys.Where(IsSent).Order(StringComparer.Ordinal)))
        {
            if (target.Attributes.TryGetValue(name, out var value) && !value.Contains('\0', StringComparison.Ordinal))
                variables.TryAdd(ToVariable(name), value);
        }

        static bool IsSent(string name) => !name.StartsWith(ConnectionAttributes, StringComparison.Ordinal);
    }

    private void CheckPlaceholders(ImmutableArray<Target> targets)
    {
        foreach (var name in _placeholders.Where(name => GetVariable(name) is var variable && variable.StartsWith(AttributePrefix, StringComparison.Ordinal)))
        {
            foreach (var target in targets)
            {
                if (!target.Attributes.TryGetValue(name, out var value))
                    throw new UsageException(
                        $"the placeholder {{{name}}}: {target.Label} has no attribute '{name}'; for braces that stay, write {{{{{name}}}}}");
                if (Get(target).GetValueOrDefault(GetVariable(name)) != value && !_replaced.Contains(GetVariable(name)))
                {
                    throw new UsageException(
                        $"the placeholder {{{name}}}: another attribute of {target.Label} becomes the same variable, {GetVariable(name)}; rename one of them");
                }
            }
        }

        foreach (var name in _placeholders.Where(name => _rows?.HasColumn(name) == true))
            _rows!.CheckColumn(name, targets);
    }
}
