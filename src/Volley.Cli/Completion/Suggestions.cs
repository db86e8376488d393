using Volley.Cli.Journal;
using Volley.Cli.Journal.Queries;
using Volley.Cli.Keys;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Cli.Relays;

namespace Volley.Cli.Completion;

/// <summary>Completions of an unfinished command line.</summary>
/// <param name="variable">Returns the value of an environment variable.</param>
internal sealed class Suggestions(Func<string, string?> variable)
{
    private const string Close = "--close";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly Suggestion[] Verbs =
    [
        new(CommandLine.Run, "run a command"),
        new(CommandLine.Ping, "connect and log in only"),
        new(CommandLine.Connect, "log in, answer what the hosts ask, and keep the connections"),
        new(CommandLine.Push, "copy files and directories to the hosts"),
        new(CommandLine.Pull, "copy files and directories from the hosts"),
        new(CommandLine.Sync, "copy only what differs from a local file or directory"),
        new(CommandLine.Connections, "list or close kept connections"),
        new(CommandLine.Keys, "show, record and remove host keys; authorize a public key"),
        new(CommandLine.List, "list groups and their sources"),
        new(CommandLine.Hosts, "expand, fold or count hosts"),
        new(CommandLine.Config, "print the values in force, check configuration files"),
        new(CommandLine.History, "list earlier runs"),
        new(CommandLine.Show, "show an earlier run, or its output again"),
        new(CommandLine.Grep, "search the output of earlier runs"),
        new(CommandLine.Diff, "compare the results of two runs"),
        new(CommandLine.Remove, "remove runs from the journal"),
        new(CommandLine.Retry, "repeat a run where it failed"),
        new(CommandLine.Reboot, "reboot hosts in batches"),
        new(CommandLine.WaitFor, "wait until hosts are ready"),
        new(CommandLine.Resume, "run on hosts that a run did not reach"),
        new(CommandLine.Relay, "run commands on hosts for --via"),
        new(CommandLine.Relays, "list the relays of a server"),
        new(CommandLine.Runs, "list the runs that relays carry out"),
        new(CommandLine.Attach, "continue a run that relays carry out"),
        new(CommandLine.Clush, "copy with the options of clush"),
        new(CommandLine.Completion, "print a completion script"),
        new(CommandLine.Help, "print the help"),
        new(FrontEnd.Pdsh, "act as pdsh"),
        new(FrontEnd.Pdcp, "act as pdcp: copy files to the hosts"),
        new(FrontEnd.Rpdcp, "act as rpdcp: copy files from the hosts"),
        new(FrontEnd.Dshbak, "act as dshbak"),
    ];

    private static readonly Suggestion[] ConnectionsOptions =
        [new(Close, "close the connections, or those to some hosts"), new("--dry-run", "show only what would be closed")];

    /// <summary>Returns the answer to a completion script, or an empty one after the time limit.</summary>
    public async Task<string> AnswerAsync(CompletionRequest request)
    {
        if (request.Unfinished is not { } unfinished)
            return CompletionRequest.NoLines;
        // A file may be a pipe without a writer, or on a server that does not answer. The thread that reads it ends with the program.
        var answer = Task.Run(async () => request.Format(await CompleteAsync(request.Before, unfinished)));
        return await Task.WhenAny(answer, Task.Delay(Limit)) == answer ? await answer : CompletionRequest.NoLines;
    }

    private async ValueTask<IEnumerable<Suggestion>> CompleteAsync(string[] before, string unfinished)
    {
        if (before.Length == 0 && !unfinished.StartsWith('-'))
            return Verbs;
        if (before.Length == 0 || before[0].StartsWith('-'))
            return await CompleteRunAsync(RunVerb.Run, before, unfinished);
        string[] rest = before[1..];
        foreach (var verb in Enum.GetValues<RunVerb>())
        {
            if (verb.GetName() == before[0])
                return await CompleteRunAsync(verb, rest, unfinished);
        }

        return before[0] switch
        {
            CommandLine.Connections => await CompleteConnectionsAsync(rest, unfinished),
            CommandLine.Keys when rest.Length == 0 => KeysRequest.Verbs.Select(verb => new Suggestion(verb)),
            CommandLine.Keys when rest[0] == "push" => await CompleteRunAsync(RunVerb.PushKey, rest[1..], unfinished),
            CommandLine.Keys => await new OptionSuggestions(new KeyOptions().Options, variable) { IsMixed = true }.CompleteAsync(rest[1..], unfinished),
            CommandLine.List => await CompleteListAsync(rest, unfinished),
            CommandLine.Hosts => await CompleteHostsAsync(rest, unfinished),
            CommandLine.Config => await CompleteConfigAsync(rest, unfinished),
            CommandLine.History => await Options([.. new HistoryOptions().Options, .. new JsonOption().Options]).CompleteAsync(rest, unfinished),
            CommandLine.Show => await CompleteRunsAsync(ShowRequest.GetOptions(new RunOptions()), rest, unfinished, first: 0, last: 0),
            CommandLine.Grep => await CompleteRunsAsync(new GrepOptions().Options, rest, unfinished, first: 1, last: int.MaxValue),
            CommandLine.Diff => await CompleteRunsAsync(new JsonOption().Options, rest, unfinished, first: 0, last: 1),
            CommandLine.Remove => await CompleteRunsAsync([], rest, unfinished, first: 0, last: int.MaxValue),
            CommandLine.Retry or CommandLine.Resume => await CompleteRunsAsync(
                [RepeatRequest.CreateIncludeRunning(), RepeatRequest.CreateAgain(), .. RepeatRequest.GetOptions(new RunOptions())], rest, unfinished, first: 0, last: 0),
            CommandLine.Relay => await Options(Flatten(RelayRequest.GetGroups(new RelayVerbOptions(), new RunOptions()))).CompleteAsync(rest, unfinished),
            CommandLine.Relays or CommandLine.Runs => await Options(Flatten(ServerQuery.GetGroups(new RunOptions(), new JsonOption()))).CompleteAsync(rest, unfinished),
            CommandLine.Attach => await new OptionSuggestions(AttachRequest.GetOptions(new RunOptions()), variable) { IsMixed = true }.CompleteAsync(rest, unfinished),
            CommandLine.Completion when rest.Length == 0 => CompletionScript.Shells.Select(shell => new Suggestion(shell)),
            FrontEnd.Pdsh or FrontEnd.Pdcp or FrontEnd.Rpdcp when rest is [.., "-w" or "-x"] =>
                new HostSuggestions(new SettledOptions([], variable)).CompleteList(unfinished),
            FrontEnd.Pdcp => [Suggestion.Files],
            FrontEnd.Rpdcp => [Suggestion.Directories],
            _ => [],
        };
    }

    private static Option[] Flatten(IReadOnlyList<OptionGroup> groups) => [.. groups.SelectMany(group => group.Options)];

    private OptionSuggestions Options(IReadOnlyList<Option> options) => new(options, variable);

    private ValueTask<IEnumerable<Suggestion>> CompleteRunAsync(RunVerb verb, string[] before, string unfinished) =>
        new OptionSuggestions([.. new RunOptions().All.Where(option => option.GetMisplacement(verb) is null)], variable)
        {
            IsMixed = verb.IsTransfer() || verb.EditsKeys(),
            CompleteOther = (text, settled, others) => ValueTask.FromResult(CompleteOperand(verb, text, settled, others)),
        }.CompleteAsync(before, unfinished);

    private IEnumerable<Suggestion> CompleteOperand(RunVerb verb, string text, SettledOptions settled, int others) => verb switch
    {
        // Of the remote command only the program: its arguments, and those of a script, are not known here.
        RunVerb.Run when others == 0 && (text.Length > 0 || settled.NamesHosts) && !settled.NamesScript => ProgramNames.Find(text, variable),
        RunVerb.Push or RunVerb.PushKey => [Suggestion.Files],
        // The second is the destination at the hosts.
        RunVerb.Sync when others == 0 => [Suggestion.Files],
        // The first is at the hosts, and the last is a directory here.
        RunVerb.Pull when others > 0 => [Suggestion.Directories],
        _ => [],
    };

    private async ValueTask<IEnumerable<Suggestion>> CompleteConnectionsAsync(string[] before, string unfinished)
    {
        var hosts = new HostSuggestions(new SettledOptions([], variable));
        if (unfinished.StartsWith(Close + "=", StringComparison.Ordinal))
            return (await hosts.CompleteAsync(unfinished[(Close.Length + 1)..])).Select(host => host.After(Close + "="));
        return before is [.., Close] && !unfinished.StartsWith('-')
            ? await hosts.CompleteAsync(unfinished)
            : ConnectionsOptions.Where(option => !before.Contains(option.Text));
    }

    private ValueTask<IEnumerable<Suggestion>> CompleteListAsync(string[] before, string unfinished) =>
        new OptionSuggestions([.. new QueryOptions().Options, .. new JsonOption().Options], variable)
        {
            IsMixed = true,
            CompleteOther = (_, settled, _) => new GroupSuggestions(settled).GetSourcesAsync(),
        }.CompleteAsync(before, unfinished);

    private ValueTask<IEnumerable<Suggestion>> CompleteHostsAsync(string[] before, string unfinished) =>
        new OptionSuggestions([.. new HostsOptions().Options, .. new QueryOptions().Options], variable)
        {
            IsMixed = true,
            CompleteOther = (text, settled, _) => new HostSuggestions(settled).CompleteAsync(text),
        }.CompleteAsync(before, unfinished);

    /// <summary>Completes the options of a verb, and the runs among its other arguments.</summary>
    private ValueTask<IEnumerable<Suggestion>> CompleteRunsAsync(IReadOnlyList<Option> options, string[] before, string unfinished, int first, int last) =>
        new OptionSuggestions(options, variable)
        {
            IsMixed = true,
            CompleteOther = (_, _, others) => ValueTask.FromResult(others >= first && others <= last ? RunSuggestions.Find(variable) : []),
        }.CompleteAsync(before, unfinished);

    private async ValueTask<IEnumerable<Suggestion>> CompleteConfigAsync(string[] before, string unfinished)
    {
        if (before is ["check", ..])
            return [Suggestion.Files];
        Suggestion[] check = before.Length == 0 ? [new("check", "report what is wrong in configuration files")] : [];
        return [.. check, .. await Options([.. new RunOptions().All, .. new JsonOption().Options]).CompleteAsync(before, unfinished)];
    }
}
