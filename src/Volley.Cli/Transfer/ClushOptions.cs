using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Transfer;

/// <summary>The options of clush that concern copies.</summary>
internal sealed class ClushOptions() : OptionGroup("Options")
{
    private readonly ListOption _nodes = Create("NODES", "nodes", "-w");
    private readonly ListOption _excluded = Create("NODES", "nodes to exclude", "-x");
    private readonly Flag _all = CreateFlag("all nodes", "--all", "-a");
    private readonly ListOption _groups = Create("GROUP", "nodes of a group", "--group", "-g");
    private readonly ListOption _excludedGroups = Create("GROUP", "nodes to exclude, of a group", "-X");
    private readonly ListOption _files = Create("FILE", "file with nodes", "--hostfile", "--machinefile");
    private readonly ListOption _source = Create("SOURCE", "source of the groups", "--groupsource", "-s");
    private readonly ListOption _pick = Create("N", "choose N nodes at random", "--pick");
    private readonly ListOption _fanout = Create("N", "nodes at once", "--fanout", "-f");
    private readonly ListOption _user = Create("USER", "login name", "--user", "-l");
    private readonly ListOption _ssh = Create("OPTIONS", "options of ssh, as one argument", "--options", "-o");
    private readonly ListOption _connectTimeout = Create("SECONDS", "time limit for connecting", "--connect_timeout", "-t");
    private readonly ListOption _timeout = Create("SECONDS", "time limit for the copy", "--command_timeout", "-u");
    private readonly ListOption _color = Create("WHEN", "auto, always or never", "--color");
    private readonly Flag _preserve = CreateFlag("keep modes and times", "-p");
    private readonly Flag _largest = CreateFlag("return the largest code of a node", "--maxrc", "-S");
    private readonly Flag _quiet = CreateFlag("only errors", "--quiet", "-q");
    private readonly Flag _verbose = CreateFlag("log connections", "--verbose", "-v");
    private readonly Flag _debug = CreateFlag("log more", "--debug", "-d");
    private readonly Flag _progress = CreateFlag("show progress", "--progress", "-P");

    private readonly Flag _gather = CreateFlag("accepted: a copy has no output to gather", "--dshbak", "-b", "-B");
    private readonly Flag _lines = CreateFlag("accepted: a copy has no output to label", "-L", "-N");
    private readonly ListOption _setting = Create("KEY=VALUE", "refused: clush.conf is not read", "--option", "-O");

    // A copy reads no standard input anyway.
    private readonly Flag _noInput = CreateFlag("accepted, and implied", "--nostdin", "-n");

    /// <summary>Whether files are copied to the nodes.</summary>
    public Flag Copy { get; } = CreateFlag("copy to the nodes", "--copy", "-c");

    /// <summary>Whether files are copied from the nodes.</summary>
    public Flag ReverseCopy { get; } = CreateFlag("copy from the nodes, to NAME.NODE", "--rcopy");

    /// <summary>The destination.</summary>
    public Option<string> Destination { get; } = new(Values.Text, "--dest")
    {
        ValueName = "PATH",
        Help = "destination",
        Default = "the directory of the first file",
        IsConfigurable = false,
        HasVariable = false,
    };

    public Flag Help { get; } = CreateFlag("print this help", "--help", "-h");

    public override IReadOnlyList<Option> Options =>
    [
        Copy, ReverseCopy, Destination, _preserve, _nodes, _excluded, _all, _groups, _excludedGroups, _files, _source, _pick, _fanout, _user, _ssh,
        _connectTimeout, _timeout, _largest, _quiet, _verbose, _debug, _progress, _color, _gather, _lines, _noInput, _setting, Help,
    ];

    /// <summary>Returns the options of <c>push</c> and <c>pull</c> that do the same.</summary>
    /// <exception cref="UsageException">A setting is given, or an option of ssh is not supported.</exception>
    public IEnumerable<string> Translate()
    {
        if (_setting.Values is [var setting, ..])
            throw new UsageException(
                $"clush -O '{setting}': settings of clush.conf have no effect here; use the options, such as -f, -t, -u, -l and -o: see volley clush --help");
        // scp follows links, and without -p it sets no times.
        yield return "--follow-links";
        if (!_preserve.IsGiven)
            yield return "--no-preserve";
        var source = _source.Values is [.., var name] ? $"{name}:" : "";
        var words = With("-H", _nodes.Values)
            .Concat(With("-H", _files.Values.Select(file => $"^{file}")))
            .Concat(With("-H", _groups.Values.SelectMany(SplitGroups).Select(group => $"@{source}{group}")))
            .Concat(With("-x", _excluded.Values))
            .Concat(With("-x", _excludedGroups.Values.SelectMany(SplitGroups).Select(group => $"@{source}{group}")))
            .Concat(With("--pick", _pick.Values))
            .Concat(With("--parallel", _fanout.Values))
            .Concat(With("-l", _user.Values))
            .Concat(With("--connect-timeout", _connectTimeout.Values))
            .Concat(With("--timeout", _timeout.Values))
            .Concat(With("--color", _color.Values))
            .Concat(_ssh.Values.SelectMany(TranslateSsh));
        foreach (var word in words)
            yield return word;
        var flags = new[]
        {
            (_all, "-a"), (_largest, "--any-failure"), (_quiet, "-q"), (_verbose, "-v"), (_debug, "-vv"), (_progress, "--progress=always"),
        };
        foreach (var (flag, word) in flags)
        {
            if (flag.IsGiven)
                yield return word;
        }
    }

    private static IEnumerable<string> With(string option, IEnumerable<string> values) => values.SelectMany(value => new[] { option, value });

    /// <summary>Splits <c>web,db[1,2]</c> at the commas outside of brackets.</summary>
    private static IEnumerable<string> SplitGroups(string groups)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i <= groups.Length; i++)
        {
            if (i < groups.Length && groups[i] is '[' or ']')
                depth += groups[i] == '[' ? 1 : -1;
            if (i < groups.Length && (groups[i] != ',' || depth > 0))
                continue;
            if (i > start)
                yield return groups[start..i].TrimStart('@');
            start = i + 1;
        }
    }

    /// <summary>Translates the options of ssh that clush passes on: <c>-o "-p 2222 -oUser=root"</c>.</summary>
    private static IEnumerable<string> TranslateSsh(string text)
    {
        var words = new Queue<string>(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        while (words.TryDequeue(out var word))
        {
            if (word is not ['-', 'o' or 'p' or 'i' or 'F' or 'J' or 'l', ..])
                throw new UsageException($"clush -o '{text}': unexpected '{word}'; -o, -p, -i, -F, -J and -l of ssh are supported");
            yield return word[..2];
            yield return word.Length > 2 ? word[2..]
                    : words.TryDequeue(out var value) ? value
                    : throw new UsageException($"clush -o '{text}': {word} needs a value");
        }
    }

    private static Flag CreateFlag(string help, params string[] names) => new(names) { Help = help, IsConfigurable = false, HasVariable = false };

    private static ListOption Create(string valueName, string help, params string[] names) =>
        new(Values.Text, names) { ValueName = valueName, Help = help, IsConfigurable = false, HasVariable = false };
}
