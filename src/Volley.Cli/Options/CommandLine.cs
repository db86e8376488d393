using Volley.Cli.Completion;
using Volley.Cli.Journal;
using Volley.Cli.Journal.Queries;
using Volley.Cli.Keys;
using Volley.Cli.Relays;
using Volley.Cli.Transfer;
using Volley.Inventory;
using Volley.Rollout;

namespace Volley.Cli.Options;

/// <summary>The native front end: <c>volley [VERB] [OPTIONS] [--] COMMAND…</c>.</summary>
internal static class CommandLine
{
    public const string Run = "run";
    public const string Ping = "ping";
    public const string Connect = "connect";
    public const string Push = "push";
    public const string Sync = "sync";
    public const string Pull = "pull";
    public const string Connections = "connections";
    public const string Keys = "keys";
    public const string List = "list";
    public const string Hosts = "hosts";
    public const string Config = "config";
    public const string History = "history";
    public const string Show = "show";
    public const string Grep = "grep";
    public const string Diff = "diff";
    public const string Remove = "rm";
    public const string Retry = "retry";
    public const string Resume = "resume";
    public const string Reboot = "reboot";
    public const string WaitFor = "wait-for";
    public const string Relay = "relay";
    public const string Relays = "relays";
    public const string Runs = "runs";
    public const string Attach = "attach";
    public const string Completion = "completion";
    public const string Clush = "clush";
    public const string Help = "help";

    private static readonly string[] Verbs =
        [Run, Ping, Connect, Push, Sync, Pull, Connections, Keys, List, Hosts, Config, History, Show, Grep, Diff, Remove, Retry, Resume, Reboot, WaitFor,
            Relay, Relays, Runs, Attach, Clush, Completion];

    /// <summary>Parses a command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">The command line is invalid.</exception>
    /// <exception cref="ConfigurationException">A configuration file can't be read or is invalid.</exception>
    /// <exception cref="JournalException">The journal of a run can't be read.</exception>
    public static Request Parse(IReadOnlyList<string> arguments, Func<string, string?> variable)
    {
        if (arguments.Count == 0)
            throw new UsageException("no hosts and no command: volley -H HOSTS COMMAND; see volley --help");
        if (CompletionRequest.Matches(arguments))
            return new SuggestRequest(CompletionRequest.Parse(arguments));
        if (arguments[0].StartsWith('-'))
            return ParseRun(arguments, variable);
        var rest = arguments.Skip(1).ToArray();
        return arguments[0] switch
        {
            Run => RunOptions.Parse(rest, RunVerb.Run, variable),
            Ping => RunOptions.Parse(rest, RunVerb.Ping, variable),
            Connect => RunOptions.Parse(rest, RunVerb.Connect, variable),
            Push => RunOptions.Parse(rest, RunVerb.Push, variable),
            Sync => RunOptions.Parse(rest, RunVerb.Sync, variable),
            Pull => RunOptions.Parse(rest, RunVerb.Pull, variable),
            Reboot => RunOptions.Parse(rest, RunVerb.Reboot, variable),
            WaitFor => RunOptions.Parse(rest, RunVerb.WaitFor, variable),
            Connections when rest.Any(IsHelp) => HelpRequest(),
            Connections => ConnectionsRequest.Parse(rest, variable),
            Keys when rest.Any(IsHelp) => HelpRequest(),
            Keys => KeysRequest.Parse(rest, variable),
            List when rest.Any(IsHelp) => HelpRequest(),
            List => ListRequest.Parse(rest, variable),
            Hosts when rest.Any(IsHelp) => HelpRequest(),
            Hosts => HostsRequest.Parse(rest, variable),
            Config when rest.Any(IsHelp) => HelpRequest(),
            Config => ConfigRequest.Parse(rest, variable),
            History or Show or Grep or Diff or Remove when rest.Any(IsHelp) => HelpRequest(),
            History => HistoryRequest.Parse(rest, variable),
            Show => ShowRequest.Parse(rest, variable),
            Grep => GrepRequest.Parse(rest, variable),
            Diff => DiffRequest.Parse(rest, variable),
            Remove => RemoveRequest.Parse(rest, variable),
            Retry or Resume => RepeatRequest.Parse(arguments[0], rest, variable),
            Relay => RelayRequest.Parse(rest, variable),
            Relays => RelaysRequest.Parse(rest, variable),
            Runs => RunsRequest.Parse(rest, variable),
            Attach => AttachRequest.Parse(rest, variable),
            Clush => ClushCopy.Parse(rest, variable),
            Completion when rest is [var first, ..] && IsHelp(first) => HelpRequest(),
            Completion => new TextRequest(CompletionScript.For(rest)),
            Help => HelpRequest(),
            var word => throw new UsageException($"'{word}' is not a volley command ({string.Join(", ", Verbs)}); {Suggest(word)}"),
        };
    }

    /// <summary>Returns whether a word selects what the program does, as its first argument.</summary>
    public static bool IsVerb(string word) => Verbs.Contains(word);

    private static Request ParseRun(IReadOnlyList<string> arguments, Func<string, string?> variable)
    {
        try
        {
            return RunOptions.Parse(arguments, RunVerb.Run, variable);
        }
        // A message that suggests an option has explained the mistake.
        catch (UsageException failure) when (!failure.Message.Contains("did you mean", StringComparison.Ordinal)
            && MisplacedVerb.Explain(arguments) is { } hint)
        {
            throw new UsageException($"{failure.Message}; {hint}");
        }
    }

    private static string Suggest(string word) =>
        (Spelling.FindClosest(word, [.. Verbs, Help]) is { } similar ? $"did you mean '{similar}'? Or " : "")
        + $"hosts and options come before the remote command: volley -H HOSTS {word} ...";

    private static bool IsHelp(string word) => word is "-h" or "--help";

    private static TextRequest HelpRequest() => new(HelpText.For(new RunOptions()));
}

/// <summary>The request of a command line.</summary>
internal abstract record Request;

/// <summary>The request for a run.</summary>
internal sealed record RunRequest(RunOptions Options) : Request;

/// <summary>The request of a completion script.</summary>
internal sealed record SuggestRequest(CompletionRequest Request) : Request;

/// <summary>The request to print a text, such as the help, on standard output.</summary>
internal sealed record TextRequest(string Text) : Request;
