using System.Net;
using System.Net.Sockets;
using Volley.Ssh;

namespace Samples;

internal static class Client
{
    public static async Task RunAsync()
    {
        #region client
        using var context = new SshClientContext("ssh_config");
        var options = new SshClientOptions { Context = context, ConnectTimeout = TimeSpan.FromSeconds(5) };
        try
        {
            await using var client = await SshClient.ConnectAsync("web1", options);
            var result = await client.RunAsync("uname -s");
            Console.Write(result.Stdout);
        }
        catch (SshException failure)
        {
            Console.Error.WriteLine($"{failure.Failure}: {failure.Message}");
        }
        #endregion
    }

    public static async Task LinesAsync()
    {
        #region client-lines
        using var context = new SshClientContext("ssh_config");
        await using var client = await SshClient.ConnectAsync("web1", new SshClientOptions { Context = context });
        await using var process = await client.ExecuteAsync("echo one; echo two");
        await foreach (var line in process.ReadLinesAsync())
            Console.WriteLine(line.Text);
        Console.WriteLine((await process.WaitForExitAsync()).ExitCode);
        #endregion
    }

    public static async Task SftpAsync()
    {
        using var context = new SshClientContext("ssh_config");
        await using var client = await SshClient.ConnectAsync("web1", new SshClientOptions { Context = context });
        #region client-sftp
        await using var sftp = await client.OpenSftpAsync();
        await sftp.CreateDirectoryAsync("notes");
        await using (var file = await sftp.OpenAsync("notes/today.new", FileMode.CreateNew, FileAccess.Write))
        {
            await using (var writer = file.OpenWriter())
                await writer.WriteAsync("first line\n"u8.ToArray());
            // A full disk is sometimes reported only then.
            await file.CloseAsync();
        }
        await sftp.ReplaceAsync("notes/today.new", "notes/today");
        await foreach (var entry in sftp.ListAsync("notes"))
            Console.WriteLine($"{entry.Name}: {entry.Attributes.Size} bytes");

        await using var source = await sftp.OpenAsync("notes/today", FileMode.Open, FileAccess.Read);
        using var reader = new StreamReader(source.OpenReader());
        Console.WriteLine(await reader.ReadLineAsync());
        try
        {
            await sftp.GetAttributesAsync("notes/tomorrow");
        }
        catch (SftpException failure)
        {
            Console.WriteLine(failure.Message);
        }
        #endregion
    }

    public static async Task ForwardAsync(int port)
    {
        using var context = new SshClientContext("ssh_config");
        await using var client = await SshClient.ConnectAsync("web1", new SshClientOptions { Context = context });
        #region client-forward
        // As ssh -L: connections to this port of ours end at a port of a host that the server reaches.
        await using var forward = client.ForwardLocalPort(0, "localhost", port);
        using var socket = new TcpClient();
        await socket.ConnectAsync((IPEndPoint)forward.EndPoint);
        using var reader = new StreamReader(socket.GetStream());
        Console.WriteLine(await reader.ReadLineAsync());
        #endregion
    }
}
