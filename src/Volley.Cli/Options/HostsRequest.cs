using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;
using Volley.Inventory;

namespace Volley.Cli.Options;

/// <summary>The request of <c>volley hosts</c>: to expand, fold or count hosts.</summary>
/// <param name="Sources">The sources of groups.</param>
/// <param name="Expressions">The expressions; none for the hosts of standard input.</param>
/// <param name="Form">The form of the result.</param>
/// <param name="Separator">The text between two expanded hosts.</param>
internal sealed record HostsRequest(SourceAccess Sources, IReadOnlyList<HostExpression> Expressions, HostsForm Form, string Separator) : Request
{
    /// <summary>Parses the arguments after the verb.</summary>
    /// <exception cref="UsageException">The arguments are invalid.</exception>
    /// <exception cref="HostListException">An expression is invalid.</exception>
    public static HostsRequest Parse(string[] arguments, Func<string, string?> variable)
    {
        var form = new HostsOptions();
        var query = new QueryOptions();
        var texts = OptionParser.SetMixed([.. form.Options, .. query.Options], arguments);
        if (texts.Contains(""))
            throw new UsageException("an expression is empty; name hosts, or give no expression to read standard input");
        return new HostsRequest(query.CreateAccess(variable), [.. texts.Select(text => HostExpression.Parse(text))], form.GetForm(), form.GetSeparator());
    }
}

/// <summary>The form in which hosts are printed.</summary>
internal enum HostsForm
{
    Folded,
    Expanded,
    Count,
}

/// <summary>The options of <c>volley hosts</c>.</summary>
internal sealed class HostsOptions() : OptionGroup("Hosts")
{
    private readonly Flag _expand = Create("print the hosts one by one", "--expand", "-e");
    private readonly Flag _fold = Create("print the hosts as a short expression", "--fold", "-f");
    private readonly Flag _count = Create("print the number of hosts", "--count", "-c");
    private readonly Option<string> _separator = new(Values.Text, "--separator", "-S")
    {
        ValueName = "TEXT",
        Help = "text between hosts with -e; \\n and \\t are a newline and a tab",
        Default = "a space",
        IsConfigurable = false,
        HasVariable = false,
    };

    public override IReadOnlyList<Option> Options => [_expand, _fold, _count, _separator];

    /// <summary>Returns the form of the result.</summary>
    /// <exception cref="UsageException">Several forms are given, or a separator without a use for it.</exception>
    public HostsForm GetForm()
    {
        (Option Option, HostsForm Form)[] given =
        [
            .. new[] { (_expand, HostsForm.Expanded), (_fold, HostsForm.Folded), (_count, HostsForm.Count) }.Where(pair => pair.Item1.IsGiven),
        ];
        if (given is [var one, var other, ..])
            throw new UsageException($"{one.Option.Name} and {other.Option.Name} are mutually exclusive; choose one");
        var form = given is [var only] ? only.Form : HostsForm.Folded;
        if (_separator.IsGiven && form != HostsForm.Expanded)
            throw new UsageException("--separator is for expanded hosts; add -e");
        return form;
    }

    /// <summary>Returns the text between two hosts.</summary>
    public string GetSeparator() => (_separator.Value ?? " ").Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal);

    private static Flag Create(string help, params string[] names) => new(names) { Help = help, IsConfigurable = false, HasVariable = false };
}
