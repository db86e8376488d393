using System.Globalization;
using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Pdsh;

/// <summary>The parsed command line and environment.</summary>
internal sealed record PdshArguments
{
    /// <summary>The request of <c>-V -h -L -T</c>, any of which ends the parsing.</summary>
    public PdshInformation Information { get; init; }

    /// <summary>The number of the internal test that <c>-T</c> requests.</summary>
    public int Test { get; init; }

    /// <summary>The values of all <c>-w</c> options.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>The values of all <c>-x</c> options.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    public bool ReturnsLargestCode { get; init; }

    public bool FailsFast { get; init; }

    /// <summary>Whether to list the settings (<c>-q</c>, <c>-Q</c>) and run nothing.</summary>
    public bool ListsSettings { get; init; }

    /// <summary>Whether the list names every host (<c>-Q</c>).</summary>
    public bool Expands { get; init; }

    public bool IsBatch { get; init; }

    public bool HasDetails { get; init; }

    public bool HasLabels { get; init; } = true;

    public bool KeepsDomains { get; init; }

    public string? User { get; init; }

    /// <summary>The connect timeout in seconds; 0 for none.</summary>
    public int ConnectTimeout { get; init; } = DefaultConnectTimeout;

    /// <summary>The command timeout in seconds; 0 for none.</summary>
    public int CommandTimeout { get; init; }

    public int FanOut { get; init; } = 32;

    public string RcmdType { get; init; } = Rcmd.Default;

    /// <summary>The modules of <c>-M</c>, which take precedence over all others.</summary>
    public string? Modules { get; init; }

    /// <summary>The scope of <c>-a</c> or <c>-A</c>: every host, with or without those marked to be skipped.</summary>
    public AllHosts All { get; init; }

    /// <summary>The values of all <c>-g</c> options, separated by commas.</summary>
    public string? Groups { get; init; }

    /// <summary>The values of all <c>-X</c> options, separated by commas.</summary>
    public string? ExcludedGroups { get; init; }

    public bool TranslatesNames { get; init; }

    public string? GendersFile { get; init; }

    /// <summary>All <c>-j</c> and <c>-P</c> options with their values.</summary>
    public IReadOnlyList<(char Option, string Value)> Slurm { get; init; } = [];

    /// <summary>The values of all <c>-C</c> options: lists of Slurm features, one of which a host must have.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>The arguments of the command, which is empty for the interactive prompt; or the sources and the destination of a copy.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Whether directories are copied.</summary>
    public bool IsRecursive { get; init; }

    /// <summary>Whether copies keep modes and times.</summary>
    public bool Preserves { get; init; }

    /// <summary>The path of pdcp at the hosts, which a copy does not need; null if none was given.</summary>
    public string? RemoteProgram { get; init; }

    /// <summary>Whether this is the receiving end of a copy at a host (<c>-z</c>).</summary>
    public bool IsSink { get; init; }

    /// <summary>Whether this is the sending end of a copy at a host (<c>-Z</c>).</summary>
    public bool IsSource { get; init; }

    /// <summary>Whether the destination of a receiving end must be a directory (<c>-y</c>).</summary>
    public bool MustBeDirectory { get; init; }

    private const string CommonOptions = "hqQbl:t:u:f:R:M:LNKdVT:w:x:ag:X:AiF:j:P:C:";
    private const int DefaultConnectTimeout = 10;

    /// <exception cref="PdshException">The command line or the environment is invalid.</exception>
    public static PdshArguments Parse(IReadOnlyList<string> arguments, PdshContext context)
    {
        var read = FromEnvironment(context);
        var options = new GetOpt(arguments, context.Verb.IsCopy ? $"{CommonOptions}rpe:yzZ" : $"{CommonOptions}Sk");
        try
        {
            while (options.TryRead(out var option, out var value))
            {
                read = read.With(option, value, context);
                if (read.Information != PdshInformation.None)
                    return read;
            }
        }
        catch (GetOptException wrong)
        {
            throw new PdshException([$"{context.Verb.ProgramName}: {wrong.Message}", .. UsageText.Lines(read, context)]);
        }

        read = read with { Command = options.Rest };
        read.Check(context);
        return read;
    }

    private static PdshArguments FromEnvironment(PdshContext context)
    {
        int Number(string name, int fallback)
        {
            if (context.Variable(name) is not { } text)
                return fallback;
            return ParseNumber(text) ?? throw context.Error($"Invalid environment variable {name}={text}");
        }

        return new PdshArguments
        {
            FanOut = Number("FANOUT", 32),
            ConnectTimeout = Number("PDSH_CONNECT_TIMEOUT", DefaultConnectTimeout),
            CommandTimeout = Number("PDSH_COMMAND_TIMEOUT", 0),
            RcmdType = context.Variable("PDSH_RCMD_TYPE") ?? Rcmd.Default,
            Modules = context.Variable("PDSH_MISC_MODULES"),
            RemoteProgram = context.Variable("PDSH_REMOTE_PDCP_PATH"),
        };
    }

    private PdshArguments With(char option, string value, PdshContext context) =>
        WithHosts(option, value) ?? WithFlag(option) ?? WithSetting(option, value, context) ?? WithRequest(option, value);

    /// <summary>Applies an option that selects hosts; returns null for any other.</summary>
    private PdshArguments? WithHosts(char option, string value) => option switch
    {
        'w' => this with { Targets = [.. Targets, value] },
        'x' => this with { Excluded = [.. Excluded, value] },
        'a' => this with { All = AllHosts.ButSkipped },
        'A' => this with { All = All == AllHosts.None ? AllHosts.Every : All },
        'g' => this with { Groups = Append(Groups, value) },
        'X' => this with { ExcludedGroups = Append(ExcludedGroups, value) },
        'F' => this with { GendersFile = value },
        'j' or 'P' => this with { Slurm = [.. Slurm, (option, value)] },
        'C' => this with { Features = [.. Features, value] },
        _ => null,
    };

    /// <summary>Applies an option without a value that changes the run or its output; returns null for any other.</summary>
    private PdshArguments? WithFlag(char option) => option switch
    {
        'S' => this with { ReturnsLargestCode = true },
        'k' => this with { FailsFast = true },
        'q' => this with { ListsSettings = true },
        'Q' => this with { ListsSettings = true, Expands = true },
        'b' => this with { IsBatch = true },
        'd' => this with { HasDetails = true },
        'N' => this with { HasLabels = false },
        'K' => this with { KeepsDomains = true },
        'i' => this with { TranslatesNames = true },
        'r' => this with { IsRecursive = true },
        'p' => this with { Preserves = true },
        'y' => this with { MustBeDirectory = true },
        'z' => this with { IsSink = true },
        'Z' => this with { IsSource = true },
        _ => null,
    };

    /// <summary>Applies an option with a value that changes the run; returns null for any other.</summary>
    private PdshArguments? WithSetting(char option, string value, PdshContext context) => option switch
    {
        'l' => this with { User = CheckUser(value, context) },
        't' => this with { ConnectTimeout = LeadingNumber(value) },
        'u' => this with { CommandTimeout = LeadingNumber(value) },
        'f' => this with { FanOut = ParseNumber(value) ?? throw context.Error($"Invalid fanout `{value}' passed to -f.") },
        'R' => this with { RcmdType = value },
        'M' => this with { Modules = value },
        'e' => this with { RemoteProgram = value },
        _ => null,
    };

    /// <summary>Applies one of the remaining options, which request information.</summary>
    private PdshArguments WithRequest(char option, string value) => option switch
    {
        'V' => this with { Information = PdshInformation.Version },
        'h' => this with { Information = PdshInformation.Help },
        'L' => this with { Information = PdshInformation.Modules },
        _ => this with { Information = PdshInformation.Test, Test = LeadingNumber(value) },
    };

    private void Check(PdshContext context)
    {
        if (!Rcmd.IsKnown(RcmdType, context.Verb))
            throw new PdshException($"No such rcmd module \"{RcmdType}\"");
        if (ConnectTimeout < 0)
            throw context.Error("connect timeout must be >= 0");
        if (CommandTimeout < 0)
            throw context.Error("command timeout must be >= 0");
        if (FanOut < 1)
            throw context.Error($"Invalid fanout `{FanOut}': at least 1 host must run at once");
        if (RcmdType == Rcmd.Exec && ConnectTimeout != DefaultConnectTimeout)
            throw context.Error("Cannot specify -t with \"-R exec\"");
        if (All != AllHosts.None && Groups is not null)
            throw context.Error("Do not specify -A or -a with -g");
    }

    private static string Append(string? list, string value) => list is null ? value : $"{list},{value}";

    private static string CheckUser(string name, PdshContext context)
    {
        const int MaxLength = 256;
        return name.Length <= MaxLength
            ? name
            : throw context.Error($"Fatal: username '{name}' exceeds max username length ({MaxLength})");
    }

    /// <summary>
    /// Parses a number as strtol(3) does: leading white space is skipped, and an empty text is 0. Returns null if anything else follows.
    /// </summary>
    private static int? ParseNumber(string text) => text.Length == 0
        ? 0
        : long.TryParse(text.TrimStart(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? (int)Math.Clamp(number, int.MinValue, int.MaxValue)
            : null;

    /// <summary>Parses the number at the start of a text as atoi(3) does; 0 if there is none.</summary>
    private static int LeadingNumber(string text)
    {
        var start = text.TrimStart();
        var end = start is ['-' or '+', ..] ? 1 : 0;
        while (end < start.Length && char.IsAsciiDigit(start[end]))
            end++;
        return ParseNumber(start[..end]) ?? 0;
    }
}

/// <summary>The information that a command line requests.</summary>
internal enum PdshInformation
{
    None,
    Version,
    Help,
    Modules,
    Test,
}

/// <summary>The hosts of the genders file that are targets by <c>-a</c> or <c>-A</c>.</summary>
internal enum AllHosts
{
    None,

    /// <summary>All hosts except those with the attribute <c>pdsh_all_skip</c>.</summary>
    ButSkipped,

    Every,
}
