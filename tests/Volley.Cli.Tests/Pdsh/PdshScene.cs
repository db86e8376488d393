using Volley.Testing;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>A home directory with the built program under the names pdsh and dshbak, and the files of scene.sh.</summary>
internal sealed class PdshScene : IDisposable
{
    private PdshScene(ScratchFolder folder) => Folder = folder;

    public ScratchFolder Folder { get; }

    public static async Task<PdshScene> MakeAsync()
    {
        var scene = new PdshScene(new ScratchFolder());
        await ParityRun.MakeSceneAsync(scene.Folder);
        return scene;
    }

    /// <summary>Runs a line of shell to its end.</summary>
    public Task<ProgramResult> RunAsync(string line, IReadOnlyDictionary<string, string?>? environment = null) =>
        ProgramRun.RunAsync(ParityRun.Ours(line, Folder, environment), TimeSpan.FromSeconds(60));

    /// <summary>Starts a line of shell on a terminal.</summary>
    public PtyProgram StartOnTerminal(string line) =>
        PtyProgram.Start(ParityRun.Ours("exec " + line, Folder).WithVariable("TERM", "xterm") with { Input = null });

    /// <summary>Writes a program into the directory <c>bin</c>, which is not on PATH by default.</summary>
    public void WriteProgram(string name, string text)
    {
        Directory.CreateDirectory(Folder["bin"]);
        var path = Folder.Write(Path.Combine("bin", name), text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    public void Dispose() => Folder.Dispose();
}
