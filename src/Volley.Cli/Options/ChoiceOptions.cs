using System.Globalization;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Selection;

namespace Volley.Cli.Options;

/// <summary>The options that choose among the named hosts, and that show the choice before anything runs.</summary>
internal sealed class ChoiceOptions() : OptionGroup("Choosing")
{
    private static readonly string[] Orders = ["list", "sorted", "reversed", "random"];

    public readonly Option<HostShare?> Limit = new(Share, "--limit") { ValueName = "N|N%", Help = "only the first N hosts, or N percent of them (at least 1)" };
    public readonly Option<int?> Pick = new(Values.Number(1, int.MaxValue), "--pick") { ValueName = "N", Help = "only N hosts at random; the seed is shown" };
    public readonly Option<int?> Seed = new(Values.Number(0, int.MaxValue), "--seed")
    {
        ValueName = "N",
        Help = "repeat the choice of --pick or --order random",
    };
    public readonly Option<string> Order = new(Values.OneOf(Orders), "--order")
    {
        ValueName = "ORDER",
        Help = "order of the hosts: list, sorted, reversed or random",
        Default = "list",
        Choices = Orders,
    };
    public readonly Flag DryRun = new("--dry-run") { Help = "show hosts, transports, routes and the command; contact no host" };
    public readonly Flag Confirm = new("--confirm") { Help = "show hosts and command, and ask before the run" };
    public readonly Flag Yes = new("--yes") { Help = "answer the questions of reboot, --confirm and --pause ask", HasVariable = false };
    public readonly Option<string> Why = new(Values.Text, "--why")
    {
        ValueName = "HOST",
        Completes = OptionValues.PlainHosts,
        Help = "show what selects or excludes HOST; run nothing",
        IsConfigurable = false,
        HasVariable = false,
    };

    public override IReadOnlyList<Option> Options => [Limit, Pick, Seed, Order, DryRun, Confirm, Yes, Why];

    /// <summary>Checks that the options are consistent with each other.</summary>
    /// <exception cref="UsageException">They are not consistent.</exception>
    public void Check()
    {
        if (Pick.IsGiven || Order.Value == "random")
            return;
        Seed.DropDefault();
        if (Seed.IsGiven)
            throw new UsageException("--seed requires --pick or --order random");
    }

    /// <summary>Parses a number of hosts, or a percentage of them.</summary>
    private static HostShare? Share(string name, string text)
    {
        var isPercent = text.EndsWith('%');
        if (int.TryParse(isPercent ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1 && !(isPercent && number > 100))
            return new HostShare(number, isPercent);
        throw new UsageException($"{name} takes a number of hosts of at least 1, or 1% to 100%, not '{text}'");
    }
}
