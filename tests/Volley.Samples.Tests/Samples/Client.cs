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
        Console.WriteLine((await process.WaitForExitAsync()).Status);
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
