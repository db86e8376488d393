using System.Diagnostics;

namespace Volley.Ssh.UnitTests;

/// <summary>OpenSSH's sftp-server as a child process, with a client and a directory of its own.</summary>
internal sealed class LocalSftpServer : IAsyncDisposable
{
    private const string Program = "/usr/lib/openssh/sftp-server";

    private readonly Process _process;

    private LocalSftpServer(Process process, SftpClient client, string directory) => (_process, Client, Directory) = (process, client, directory);

    public SftpClient Client { get; }

    public string Directory { get; }

    public static async Task<LocalSftpServer> StartAsync(params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var stream = new DuplexStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
        var client = await SftpClient.ConnectAsync(stream);
        return new(process, client, System.IO.Directory.CreateTempSubdirectory("volley-sftp-").FullName);
    }

    public string GetPath(string name) => Path.Combine(Directory, name);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
