namespace Volley.Testing;

/// <summary>
/// A private directory that replaces the user's <c>XDG_RUNTIME_DIR</c>: control masters of tests and of the programs that they start
/// are kept there, apart from the user's own.
/// </summary>
public sealed class RuntimeFolder : IDisposable
{
    private const string Variable = "XDG_RUNTIME_DIR";

    /// <summary>Its path, short enough for sockets.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("volley-rt-").FullName;

    /// <summary>Where Volley keeps its control sockets then.</summary>
    public string Sockets => System.IO.Path.Combine(Path, "volley");

    /// <summary>What lies there, the lock aside.</summary>
    public IReadOnlyList<string> Left => Directory.Exists(Sockets)
        ? [.. Directory.GetFileSystemEntries(Sockets).Where(path => System.IO.Path.GetFileName(path) != "lock")]
        : [];

    /// <summary>The control masters that serve a socket there. A master calls itself by its socket.</summary>
    public IReadOnlyList<ProcessEntry> Masters =>
        [.. Processes.WithCommandLine(Sockets + "/").Where(process => process.CommandLine.StartsWith("ssh", StringComparison.Ordinal)
            // Who tells one to end, or asks whether it has.
            && !process.CommandLine.Contains(" -O ", StringComparison.Ordinal))];

    /// <summary>The shells that end the masters of a run that can't do it itself any more.</summary>
    public IReadOnlyList<ProcessEntry> Guards =>
        [.. Processes.WithCommandLine(Sockets + "/").Where(process => process.CommandLine.StartsWith("/bin/sh", StringComparison.Ordinal))];

    /// <summary>Makes one for this whole process, once, as long as it runs.</summary>
    public static void UseForThisProcess()
    {
        var folder = new RuntimeFolder();
        Environment.SetEnvironmentVariable(Variable, folder.Path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
    }

    /// <summary>The same start with this folder.</summary>
    public ProgramStart For(ProgramStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        return start.WithVariable(Variable, Path);
    }

    /// <summary>Makes the directory of the sockets accessible to other users, so that no socket is created.</summary>
    public void Open()
    {
        Directory.CreateDirectory(Sockets);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Sockets, (UnixFileMode)0b111_101_101);
    }

    /// <summary>Waits for the end of the masters; returns those that are left after the limit.</summary>
    public async Task<IReadOnlyList<ProcessEntry>> MastersAfterAsync(TimeSpan limit)
    {
        foreach (var master in Masters)
            await Processes.WaitForEndAsync(master.Id, limit).ConfigureAwait(false);
        return Masters;
    }

    /// <summary>Sends a signal to one of the masters.</summary>
    public static void Signal(ProcessEntry master, int signal)
    {
        ArgumentNullException.ThrowIfNull(master);
        _ = Libc.Kill(master.Id, signal);
    }

    /// <summary>Ends the masters as a crash would.</summary>
    public async Task KillMastersAsync()
    {
        foreach (var master in Masters)
            Signal(master, Signals.Kill);
        await MastersAfterAsync(Transcript.DefaultLimit).ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
