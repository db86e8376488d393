using System.Text.RegularExpressions;
using Volley.Testing;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>Runs a shell line with Debian's pdsh, pdcp, rpdcp and dshbak, or with ours, in a temporary directory.</summary>
internal static partial class ParityRun
{
    private const string InOrder = "in order: ";
    private const string SystemPath = "/usr/bin:/bin:/usr/sbin:/sbin";

    /// <summary>More at once only take the processors from each other.</summary>
    private const int PairsAtOnce = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The files of scene.sh, made once: hundreds of runs get a copy each.</summary>
    private static readonly Lazy<Task<ScratchFolder>> Scene = new(RunSceneAsync);

    private static string Folder => Path.Combine(Repository.Root, "tests", "Volley.Cli.Tests", "Pdsh");

    /// <summary>Why there is nothing to compare with; null if there is.</summary>
    public static string? Missing => File.Exists("/usr/bin/pdsh") && File.Exists("/usr/bin/dshbak")
        ? null
        : "Debian's pdsh is not installed; tools/install-needs --tests installs it";

    /// <summary>The cases of a file in this folder, by the title of their section.</summary>
    public static ILookup<string, string> Cases(string file)
    {
        var cases = new List<(string Section, string Line)>();
        var section = "";
        foreach (var line in File.ReadLines(Path.Combine(Folder, file)).Where(line => line.Length > 0))
        {
            if (line[0] != '#')
                cases.Add((section, line));
            else if (Title().Match(line) is { Success: true } title)
                section = title.Groups[1].Value;
        }

        return cases.ToLookup(pair => pair.Section, pair => pair.Line);
    }

    /// <summary>The lines of docs/pdsh.md that differ on purpose: the first column of its tables of command lines.</summary>
    public static IReadOnlyList<string> Differences() =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs", "pdsh.md"))
            .SkipWhile(line => line != "## What differs on purpose")
            .Select(line => TableLine().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Value.Replace("\\|", "|", StringComparison.Ordinal)),
    ];

    /// <summary>Runs each line both ways; returns those of which <paramref name="isWrong"/> says so, with all that came.</summary>
    public static async Task<IReadOnlyList<string>> CompareAsync(
        IEnumerable<string> lines, Func<string, string, bool> isWrong, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var wrong = new List<string>();
        await Parallel.ForEachAsync(lines, new ParallelOptions { MaxDegreeOfParallelism = PairsAtOnce }, async (line, _) =>
        {
            var theirs = await RunAsync(line, isOurs: false, environment);
            var ours = await RunAsync(line, isOurs: true, environment);
            if (!isWrong(theirs, ours))
                return;
            lock (wrong)
                wrong.Add($"{line}\n--- Debian's\n{theirs}--- ours\n{ours}");
        });
        return wrong;
    }

    /// <summary>The start of a line of shell in which pdsh, pdcp, rpdcp and dshbak are ours.</summary>
    public static ProgramStart Ours(string line, ScratchFolder folder, IReadOnlyDictionary<string, string?>? environment = null) =>
        Start(line, folder, isOurs: true, environment);

    /// <summary>Makes the files of scene.sh.</summary>
    public static async Task MakeSceneAsync(ScratchFolder folder) => Copy(new DirectoryInfo((await Scene.Value).Path), folder.Path);

    private static async Task<ScratchFolder> RunSceneAsync()
    {
        var folder = new ScratchFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        var scene = await ProgramRun.RunAsync(new ProgramStart("/bin/sh", Path.Combine(Folder, "scene.sh")) { WorkingDirectory = folder.Path });
        return scene.ExitCode == 0 ? folder : throw new IOException(scene.Stderr);
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        foreach (var file in from.EnumerateFiles())
            file.CopyTo(Path.Combine(to, file.Name));
        foreach (var folder in from.EnumerateDirectories())
            Copy(folder, Directory.CreateDirectory(Path.Combine(to, folder.Name)).FullName);
    }

    private static async Task<string> RunAsync(string line, bool isOurs, IReadOnlyDictionary<string, string?>? environment)
    {
        using var folder = new ScratchFolder();
        await MakeSceneAsync(folder);
        var keepsOrder = line.StartsWith(InOrder, StringComparison.Ordinal);
        var result = await ProgramRun.RunAsync(Start(keepsOrder ? line[InOrder.Length..] : line, folder, isOurs, environment), Limit);
        return $"exit {result.ExitCode}\n{Plain(result.Stdout, keepsOrder)}\n--- stderr\n{Plain(result.Stderr, keepsOrder: false)}\n";

        string Plain(string text, bool keepsOrder)
        {
            var plain = Normalize(text.Replace(folder.Path, "FOLDER", StringComparison.Ordinal));
            return keepsOrder ? plain : string.Join('\n', plain.Split('\n').Order(StringComparer.Ordinal));
        }
    }

    private static ProgramStart Start(string line, ScratchFolder folder, bool isOurs, IReadOnlyDictionary<string, string?>? environment)
    {
        var programs = folder["programs"];
        if (isOurs && !Directory.Exists(programs))
        {
            Directory.CreateDirectory(programs);
            foreach (var name in new[] { "pdsh", "pdcp", "rpdcp", "dshbak" })
                File.CreateSymbolicLink(Path.Combine(programs, name), BuiltProgram.Path);
        }

        var variables = new Dictionary<string, string?>(environment ?? new Dictionary<string, string?>())
        {
            ["PATH"] = $"{programs}:{SystemPath}",
            ["HOME"] = folder.Path,
            ["LC_ALL"] = "C.UTF-8",
        };
        return new ProgramStart("/bin/sh", "-c", line)
        {
            CleanEnvironment = true,
            Environment = variables,
            WorkingDirectory = folder.Path,
            Input = ReadOnlyMemory<byte>.Empty,
        };
    }

    /// <summary>What differs from machine to machine, and from run to run.</summary>
    private static string Normalize(string text)
    {
        text = Host().Replace(text, "$1@LOCAL:");
        text = SourcePlace().Replace(text, "");
        text = ProcessId().Replace(text, "pid P");
        text = Seconds().Replace(text, "N sec");
        return ProgramPath().Replace(text, "$1\tPROGRAM");
    }

    [GeneratedRegex(@"^# \[(.*)\]$")]
    private static partial Regex Title();

    [GeneratedRegex(@"^\| `(.*?)` \|")]
    private static partial Regex TableLine();

    [GeneratedRegex(@"\b(pdsh|r?pdcp)@[\w-]+:")]
    private static partial Regex Host();

    [GeneratedRegex(@"hostlist\.c:\d+: ")]
    private static partial Regex SourcePlace();

    [GeneratedRegex(@"pid \d+")]
    private static partial Regex ProcessId();

    [GeneratedRegex(@"\d+ sec")]
    private static partial Regex Seconds();

    [GeneratedRegex(@"(Full program pathname|Remote program path)\t.*")]
    private static partial Regex ProgramPath();
}
