using System.CommandLine;

namespace Volley.Cli.CommandLine;

/// <summary>The options of a run, in the groups that the help shows.</summary>
internal sealed class RunOptions
{
    public readonly Option<string[]> Hosts = new("--hosts", "-H") { HelpName = "LIST", Description = "where: 'web[1-8],db1:2222,root@[::1]'; ^FILE reads a file, - standard input" };
    public readonly Option<string[]> Exclude = new("--exclude", "-x") { HelpName = "LIST", Description = "but not there: a list in which * and ? are wildcards" };
    public readonly Option<string?> Filter = new("--filter") { HelpName = "PATTERN", Description = "only hosts whose whole name matches: * and ?, and ranges such as '*-n[1-4]'" };
    public readonly Option<string?> User = new("--user", "-l") { HelpName = "NAME", Description = "log in as NAME" };
    public readonly Option<int?> Port = new("--port", "-p") { HelpName = "PORT", Description = "connect to PORT", CustomParser = Values.Number(1, 65535) };
    public readonly Option<string[]> Identity = new("--identity", "-i") { HelpName = "FILE", Description = "private key to try" };
    public readonly Option<string?> Jump = new("--jump", "-J") { HelpName = "HOST", Description = "reach the hosts through HOST, as ssh -J" };
    public readonly Option<string?> ConfigFile = new("-F") { HelpName = "FILE", Description = "read only this ssh configuration" };
    public readonly Option<string[]?> SshOptions = new("-o") { HelpName = "KEY=VALUE", Description = "any option of ssh_config(5)", CustomParser = Values.KeyValues };

    public readonly Option<int?> Parallel = new("--parallel") { HelpName = "N", Description = "hosts at once (64)", CustomParser = Values.Number(1, int.MaxValue) };
    public readonly Option<TimeSpan?> ConnectTimeout = new("--connect-timeout") { HelpName = "TIME", Description = "limit until connected and authenticated, and again until the command is started; 0 for none (10)", CustomParser = Values.DurationOrZero("no limit") };
    public readonly Option<TimeSpan?> CommandTimeout = new("--timeout") { HelpName = "TIME", Description = "limit of the command: 30, 2.5s, 250ms, 10m, 1h30m; 0 for none (0)", CustomParser = Values.DurationOrZero("no limit") };
    public readonly Option<TimeSpan?> Drain = new("--drain") { HelpName = "TIME", Description = "how long output must be silent after the command's exit; 0: do not wait, none: until the streams end (250ms)", CustomParser = Values.DurationOrNone("do not wait", "until the streams end") };
    public readonly Option<bool> FailFast = new("--fail-fast", "-k") { Description = "stop everything at the first failure" };
    public readonly Option<bool> Batch = new("--batch", "-b") { Description = "one Ctrl+C ends the run; else the first shows the status" };
    public readonly Option<bool> Stdin = new("--stdin") { Description = "send standard input to every host" };
    public readonly Option<string?> Script = new("--script") { HelpName = "FILE", Description = "run FILE on every host, by the program of its #! line, else sh; the words of the command are its arguments" };
    public readonly Option<string?> Interpreter = new("--interpreter") { HelpName = "PROGRAM", Description = "what runs a script without a #! line (sh)" };
    public readonly Option<string?> Transport = new("--transport") { HelpName = "WAY", Description = "auto: whichever serves the host as ssh would; openssh; native: SSH in our own process; or exec: a local process per host, with %h %u %n %% in its words", CustomParser = Values.OneOf("auto", "openssh", "exec", "native"), CompletionSources = { "auto", "openssh", "native", "exec" } };

    public readonly Option<bool> Tty = new("--tty") { Description = "run the command on a terminal; what it prints comes together" };
    public readonly Option<string[]?> Environment = new("--env") { HelpName = "NAME=VALUE", Description = "a variable for the command, where the server allows it (AcceptEnv)", CustomParser = Values.Variables };

    public readonly Option<bool> Password = new("--password") { Description = "ask for a password once, for hosts that want one" };
    public readonly Option<TimeSpan?> Keep = new("--keep") { HelpName = "TIME", Description = "leave connections open for later runs: 30, 90s, 10m, 1h30m after their last use", CustomParser = Values.Duration };
    public readonly Option<int?> KeepMax = new("--keep-max") { HelpName = "N", Description = "leave at most N open, the last used (256)", CustomParser = Values.Number(1, int.MaxValue) };
    public readonly Option<bool> NoReuse = new("--no-reuse") { Description = "use no connection that is open already" };
    public readonly Option<int?> Retries = new("--retries") { HelpName = "N", Description = "try N times again to connect, where that may help (0)", CustomParser = Values.Number(0, 1000) };
    public readonly Option<int?> ConnectRate = new("--connect-rate") { HelpName = "N", Description = "at most N new connections a second", CustomParser = Values.Number(1, 1_000_000) };
    public readonly Option<TimeSpan?> ServerAliveInterval = new("--server-alive-interval") { HelpName = "S", Description = "send a keepalive to a server that was silent for S, as 15 or 1m; 0 for never (15)", CustomParser = Values.DurationOrZero("never") };
    public readonly Option<int?> ServerAliveCountMax = new("--server-alive-count-max") { HelpName = "N", Description = "give it up after N questions without an answer (3)", CustomParser = Values.Number(1, 1_000_000) };

    public readonly Option<string?> MainRank = new("--main-rank") { HelpName = "HOST", Description = "the host whose exit code is ours (the first)" };
    public readonly Option<bool> RequireAllSuccess = new("--require-all-success") { Description = "0 if every host succeeded, else 1" };
    public readonly Option<bool> CheckAllNodes = new("--check-all-nodes") { Description = "the main rank's code; 1 if that is 0 and another failed" };
    public readonly Option<bool> AnyFailure = new("--any-failure") { Description = "the largest code of all hosts" };

    public readonly Option<string?> Output = new("--output") { HelpName = "MODE", Description = "normal: a block per host; stream: lines as they come; gather: equal outputs once; json; tui: a screen to look around in (normal on a terminal)", CustomParser = Values.OneOf("normal", "stream", "gather", "json", "tui"), CompletionSources = { "normal", "stream", "gather", "json", "tui" } };
    public readonly Option<bool> Tui = new("--tui") { Description = "--output tui" };
    public readonly Option<bool> Gather = new("-g") { Description = "--output gather" };
    public readonly Option<bool> Diff = new("--diff") { Description = "of gather: each group as its difference to the largest that succeeded" };
    public readonly Option<bool> Live = new("--live") { Description = "of gather: lines as soon as all running hosts have sent them" };
    public readonly Option<string?> Sort = new("--sort") { HelpName = "BY", Description = "of gather: the order within one exit code: size or nodes (size)", CustomParser = Values.OneOf("size", "nodes"), CompletionSources = { "size", "nodes" } };
    public readonly Option<string?> OutputDir = new("--output-dir") { HelpName = "DIR", Description = "write what each host prints to files in DIR, too: HOST.stdout, HOST.stderr" };
    public readonly Option<bool> Overwrite = new("--overwrite") { Description = "write over such files of an earlier run" };
    public readonly Option<string?> Report = new("--report") { HelpName = "FILE", Description = "write the summary to FILE, as JSON" };
    public readonly Option<long?> MaxOutput = new("--max-output") { HelpName = "SIZE", Description = "stop a host that prints more: 500M, 2G; 0 for no limit (1G where output is held back)", CustomParser = Values.Size };
    public readonly Option<bool> NoPrefix = new("--no-prefix", "-N") { Description = "only what the hosts print, without their names" };
    public readonly Option<string?> Color = new("--color") { HelpName = "WHEN", Description = "auto, always or never", CustomParser = Values.OneOf("auto", "always", "never"), CompletionSources = { "auto", "always", "never" } };
    public readonly Option<string?> Progress = new("--progress") { HelpName = "WHEN", Description = "auto, always or never", CustomParser = Values.OneOf("auto", "always", "never"), CompletionSources = { "auto", "always", "never" } };
    public readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "no progress, no summary; errors stay" };
    public readonly Option<bool> Verbose = new("-v") { Description = "how each host is reached and why, and messages of the connection; -vv for more" };

    public RunOptions()
    {
        Groups =
        [
            new("Where", [Hosts, Exclude, Filter, User, Port, Identity, Jump, ConfigFile, SshOptions]),
            new("How", [Parallel, ConnectTimeout, CommandTimeout, Drain, FailFast, Batch, Stdin, Script, Interpreter, Transport, Tty, Environment]),
            new("Connections", [Password, Keep, KeepMax, NoReuse, Retries, ConnectRate, ServerAliveInterval, ServerAliveCountMax]),
            new("Exit code", [MainRank, RequireAllSuccess, CheckAllNodes, AnyFailure]),
            new("Output", [Output, Tui, Gather, Diff, Live, Sort, OutputDir, Overwrite, Report, MaxOutput, NoPrefix, Color, Progress, Quiet, Verbose]),
        ];
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<OptionGroup> Groups { get; }
}

/// <summary>Options that the help shows under one title.</summary>
internal sealed record OptionGroup(string Title, IReadOnlyList<Option> Options);
