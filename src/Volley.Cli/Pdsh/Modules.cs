using Volley.Interop.Text;

namespace Volley.Cli.Pdsh;

/// <summary>The modules, all of which are built in. Several of them implement <c>-g</c> and <c>-X</c>, so a run selects one of those.</summary>
internal static class Modules
{
    public const string Genders = "genders";
    public const string DshGroup = "dshgroup";
    public const string NetGroup = "netgroup";

    private static readonly string[] GroupProviders = [Genders, DshGroup, NetGroup];

    /// <summary>Returns the output of <c>-L</c>.</summary>
    public static IEnumerable<string> Describe(PdshArguments arguments, PdshContext context)
    {
        var provider = GroupProvider(arguments, context);
        (string Name, string Description, bool IsActive)[] all =
        [
            .. Rcmd.GetNames(context.Verb).Order(StringComparer.Ordinal).Select(name =>
                ($"rcmd/{name}", name == Rcmd.Exec ? "a local program for each host" : "the system's ssh", true)),
            ("misc/genders", "hosts by attributes in a genders file", provider == Genders),
            ("misc/dshgroup", "hosts of dsh group files", provider == DshGroup),
            ("misc/netgroup", "hosts of netgroups", provider == NetGroup),
            ("misc/slurm", "hosts of Slurm's jobs and partitions", true),
        ];
        return [$"{all.Length} modules loaded:", "", .. all.SelectMany(module => (string[])
        [
            $"Module: {module.Name}",
            "Author: the Volley authors",
            $"Descr:  {module.Description}",
            $"Active: {(module.IsActive ? "yes" : "no")}",
            "",
        ])];
    }

    /// <summary>Returns the output of <c>-V</c>.</summary>
    public static IEnumerable<string> Version(PdshVerb verb) =>
    [
        $"pdsh-2.35 (+static-modules+readline+debug) volley {typeof(Modules).Assembly.GetName().Version!.ToString(3)}",
        $"rcmd modules: {string.Join(',', Rcmd.GetNames(verb))} (default: {Rcmd.Default})",
        $"misc modules: {string.Join(',', GroupProviders)},slurm",
    ];

    /// <summary>
    /// Returns the module that implements <c>-g</c> and <c>-X</c>: the first such module in <c>-M</c>; or genders, if a genders file exists or
    /// an option of genders is given; or dshgroup.
    /// </summary>
    public static string GroupProvider(PdshArguments arguments, PdshContext context)
    {
        if (arguments.Modules?.Split(',').FirstOrDefault(GroupProviders.Contains) is { } chosen)
            return chosen;
        var asksForGenders = arguments.All != AllHosts.None || arguments.TranslatesNames || arguments.GendersFile is not null;
        return asksForGenders || SystemFile.Exists(Pdsh.Genders.GendersNodes.GetPath(arguments, context)) ? Genders : DshGroup;
    }

    public static string Title(string provider) => provider == DshGroup ? "dsh group" : "netgroup";
}
