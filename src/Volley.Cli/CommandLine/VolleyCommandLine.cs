using System.CommandLine;

namespace Volley.Cli.CommandLine;

/// <summary>The native front end: <c>volley [VERB] [OPTIONS] [--] COMMAND…</c>.</summary>
internal static class VolleyCommandLine
{
    public const string Run = "run";
    public const string Ping = "ping";
    public const string Connections = "connections";
    public const string Completion = "completion";
    public const string Help = "help";

    /// <summary>Reads a command line.</summary>
    /// <returns>What to do: <see cref="RunRequest"/> or <see cref="TextRequest"/>.</returns>
    /// <exception cref="UsageException">It can't be understood.</exception>
    public static Request Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0)
            throw new UsageException("no hosts and no command: volley -H HOSTS COMMAND; see volley --help");
        if (Suggestions.AreAsked(arguments))
            return new TextRequest(Suggestions.For(arguments));
        if (arguments[0].StartsWith('-'))
            return ParseRun(arguments, isPing: false);
        return arguments[0] switch
        {
            Run => ParseRun([.. arguments.Skip(1)], isPing: false),
            Ping => ParseRun([.. arguments.Skip(1)], isPing: true),
            Connections when arguments.Skip(1).Any(word => word is "-h" or "--help") => new TextRequest(HelpText.For(new RunOptions())),
            Connections => ConnectionsRequest.Parse([.. arguments.Skip(1)]),
            Completion when arguments.Skip(1).FirstOrDefault() is "-h" or "--help" => new TextRequest(HelpText.For(new RunOptions())),
            Completion => new TextRequest(CompletionScript.For([.. arguments.Skip(1)])),
            Help => new TextRequest(HelpText.For(new RunOptions())),
            var word => throw UnknownVerb(word),
        };
    }

    private static UsageException UnknownVerb(string word)
    {
        LaterOptions.RefuseVerb(word);
        return new UsageException($"'{word}' is no verb of volley (run, ping, connections, completion); hosts and options come before the command: volley -H HOSTS {word} ...");
    }

    private static Request ParseRun(IReadOnlyList<string> arguments, bool isPing)
    {
        var options = new RunOptions();
        var root = RootCommand(options, out var command);
        var tokens = OptionTokens.Normalize(arguments, [.. root.Options]);
        var end = tokens.IndexOf("--");
        var ours = end < 0 ? tokens : tokens[..end];
        if (ours.Contains("--help"))
            return new TextRequest(HelpText.For(options));
        if (ours.Contains("--version"))
            return new TextRequest($"volley {typeof(VolleyCommandLine).Assembly.GetName().Version!.ToString(3)}\n");
        var parsed = root.Parse(tokens, Configuration);
        RefuseRepeated(parsed, options);
        if (parsed.Errors.Count > 0)
            throw new UsageException(parsed.Errors[0].Message);
        return new RunRequest(Read(parsed, options, parsed.GetValue(command) ?? [], isPing));
    }

    // An @ in front of a word means nothing here; to System.CommandLine it would name a file of further words.
    private static readonly ParserConfiguration Configuration = new() { ResponseFileTokenReplacer = null };

    private static RootCommand RootCommand(RunOptions options, out Argument<string[]> command)
    {
        var root = new RootCommand();
        foreach (var option in options.Groups.SelectMany(group => group.Options))
        {
            // Each value comes with its own option name: see OptionTokens.
            option.AllowMultipleArgumentsPerToken = false;
            root.Options.Add(option);
        }

        command = new Argument<string[]>("COMMAND") { Arity = ArgumentArity.ZeroOrMore };
        root.Arguments.Add(command);
        return root;
    }

    private static void RefuseRepeated(ParseResult parsed, RunOptions options)
    {
        foreach (var option in options.Groups.SelectMany(group => group.Options))
        {
            var takesOneValue = option.ValueType != typeof(string[]) && option.ValueType != typeof(bool);
            if (takesOneValue && parsed.GetResult(option) is { IdentifierTokenCount: > 1 and var count })
                throw new UsageException($"{option.Name} is given {count} times; once is enough");
        }
    }

    private static RunArguments Read(ParseResult parsed, RunOptions options, string[] command, bool isPing) => new()
    {
        IsPing = isPing,
        Command = command,
        Hosts = parsed.GetValue(options.Hosts) ?? [],
        Exclude = parsed.GetValue(options.Exclude) ?? [],
        Filter = parsed.GetValue(options.Filter),
        User = parsed.GetValue(options.User),
        Port = parsed.GetValue(options.Port),
        Identities = parsed.GetValue(options.Identity) ?? [],
        Jump = parsed.GetValue(options.Jump),
        ConfigFile = parsed.GetValue(options.ConfigFile),
        SshOptions = parsed.GetValue(options.SshOptions) ?? [],
        Parallel = parsed.GetValue(options.Parallel),
        ConnectTimeout = parsed.GetValue(options.ConnectTimeout),
        CommandTimeout = parsed.GetValue(options.CommandTimeout),
        Drain = parsed.GetValue(options.Drain),
        FailFast = parsed.GetValue(options.FailFast),
        Batch = parsed.GetValue(options.Batch),
        Stdin = parsed.GetValue(options.Stdin),
        Script = parsed.GetValue(options.Script),
        Interpreter = parsed.GetValue(options.Interpreter),
        Transport = parsed.GetValue(options.Transport),
        Tty = parsed.GetValue(options.Tty),
        Environment = parsed.GetValue(options.Environment) ?? [],
        Password = parsed.GetValue(options.Password),
        Keep = parsed.GetValue(options.Keep),
        KeepMax = parsed.GetValue(options.KeepMax),
        NoReuse = parsed.GetValue(options.NoReuse),
        Retries = parsed.GetValue(options.Retries),
        ConnectRate = parsed.GetValue(options.ConnectRate),
        ServerAliveInterval = parsed.GetValue(options.ServerAliveInterval),
        ServerAliveCountMax = parsed.GetValue(options.ServerAliveCountMax),
        MainRank = parsed.GetValue(options.MainRank),
        RequireAllSuccess = parsed.GetValue(options.RequireAllSuccess),
        CheckAllNodes = parsed.GetValue(options.CheckAllNodes),
        AnyFailure = parsed.GetValue(options.AnyFailure),
        Output = parsed.GetValue(options.Output),
        Tui = parsed.GetValue(options.Tui),
        Gather = parsed.GetValue(options.Gather),
        Diff = parsed.GetValue(options.Diff),
        Live = parsed.GetValue(options.Live),
        Sort = parsed.GetValue(options.Sort),
        OutputDir = parsed.GetValue(options.OutputDir),
        Overwrite = parsed.GetValue(options.Overwrite),
        Report = parsed.GetValue(options.Report),
        MaxOutput = parsed.GetValue(options.MaxOutput),
        NoPrefix = parsed.GetValue(options.NoPrefix),
        Color = parsed.GetValue(options.Color),
        Progress = parsed.GetValue(options.Progress),
        Quiet = parsed.GetValue(options.Quiet),
        Verbosity = parsed.GetResult(options.Verbose)?.IdentifierTokenCount ?? 0,
    };
}

/// <summary>What a command line asks for.</summary>
internal abstract record Request;

/// <summary>A run.</summary>
internal sealed record RunRequest(RunArguments Arguments) : Request;

/// <summary>A text on standard output, such as the help.</summary>
internal sealed record TextRequest(string Text) : Request;
