using System.Diagnostics;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Transfers;

/// <summary>Directories for a pull: the files of the hosts, and the destination.</summary>
internal sealed class PullScene : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("volley-pull-").FullName;

    public PullScene()
    {
        Directory.CreateDirectory(Remote);
        Directory.CreateDirectory(Local);
    }

    public string Remote => Path.Combine(_folder, "remote");

    public string Local => Path.Combine(_folder, "local");

    /// <summary>The directory of the only host.</summary>
    public string Copy => Path.Combine(Local, "h0");

    /// <summary>Writes a file of the hosts.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(Remote, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Copies with a server of this machine.</summary>
    public Task<Execution> PullAsync(params string[] sources) => RunAsync(new PullJob(sources, Local), NodeScript.ServesSftp());

    /// <summary>Copies from a hostile server.</summary>
    public Task<Execution> PullAsync(HostileSftpServer server, params string[] sources) => RunAsync(
        new PullJob(sources, Local), new NodeScript { Subsystem = (_, _, _) => Task.FromResult<IRemoteProcess>(server) });

    /// <summary>Runs a job at one host.</summary>
    public static async Task<Execution> RunAsync(PullJob job, NodeScript script, int count = 1) => await Executions.RunAsync(
        new ScriptedTransport(script), new RunPlan(Executions.Targets(count), job)).WaitAsync(Executions.Limit, TestContext.Current.CancellationToken);

    /// <summary>Returns the names below a directory, sorted.</summary>
    public static string[] Names(string directory) =>
        [.. new DirectoryInfo(directory).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => Path.GetRelativePath(directory, file.FullName)).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        // The base library does not delete names that are not UTF-8.
        using var removal = Process.Start("rm", ["-rf", _folder]);
        removal.WaitForExit();
    }
}
