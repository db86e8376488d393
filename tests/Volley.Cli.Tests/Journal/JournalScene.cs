using Volley.Rollout;
using Volley.Testing;

namespace Volley.Cli.Tests.Journal;

/// <summary>A journal of its own for starts of the built program, which run local processes in a directory of their own.</summary>
internal sealed class JournalScene : IDisposable
{
    // A busy machine needs seconds to start a program.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public ScratchFolder Folder { get; } = new();

    public RunJournal Journal => new(Folder["state/volley/runs"]);

    public ProgramStart Start(params IReadOnlyList<string> arguments) => VolleyRun.Start(arguments) with
    {
        WorkingDirectory = Folder.Path,
        Environment = new Dictionary<string, string?>(VolleyRun.Start().Environment)
        {
            ["VOLLEY_NO_JOURNAL"] = null,
            ["XDG_STATE_HOME"] = Folder["state"],
            ["TZ"] = "UTC",
        },
    };

    public Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) => RunAsync(Start(arguments));

    public static Task<ProgramResult> RunAsync(ProgramStart start) => ProgramRun.RunAsync(start, Limit);

    /// <summary>Runs a shell line as a local process for each host.</summary>
    public Task<ProgramResult> ExecAsync(string hosts, string line, params IReadOnlyList<string> options) =>
        RunAsync([.. options, "--transport", "exec", "-H", hosts, "sh", "-c", line]);

    /// <summary>Returns the results of the last run.</summary>
    public RunResults Last() => RunResults.Read(Journal.Read(Journal.Find("last")));

    /// <summary>Returns all bytes of all files of the journal that are not compressed, and the events.</summary>
    public string ReadAll() => string.Concat(Directory.EnumerateFiles(Journal.Path, "*", SearchOption.AllDirectories)
        .Select(path => path.EndsWith(".gz", StringComparison.Ordinal) ? Unpack(path) : File.ReadAllText(path)));

    /// <summary>Returns the lines of the journal of a run that has ended.</summary>
    public string ReadEvents(string run) => Unpack(Path.Combine(Journal.Path, Journal.Find(run).Id.ToString(), "events.json.gz"));

    public void Dispose() => Folder.Dispose();

    private static string Unpack(string path)
    {
        using var reader = new StreamReader(new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress));
        return reader.ReadToEnd();
    }
}
