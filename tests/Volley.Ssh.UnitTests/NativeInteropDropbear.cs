using System.Net;
using System.Net.Sockets;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>A Dropbear server for the user of a fleet, with a host key of each kind that it has.</summary>
internal sealed class NativeInteropDropbear : IAsyncDisposable
{
    private readonly System.Diagnostics.Process _process;

    private NativeInteropDropbear(System.Diagnostics.Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <param name="fleet">Whose user may log in; he must be the fleet's own, for the keys lie in his home.</param>
    /// <param name="authorized">Lines of an authorized_keys file.</param>
    public static async Task<NativeInteropDropbear> StartAsync(Fleet fleet, IEnumerable<string> authorized)
    {
        var folder = Path.Combine(fleet.Folder, "home", ".ssh");
        Directory.CreateDirectory(folder);
        // Another server of the same fleet may read the file at any time.
        var keys = fleet.NewPath("authorized");
        await File.WriteAllLinesAsync(keys, authorized);
        await RunAsync("chmod", "u=rw,go=", keys);
        await RunAsync("chown", $"{fleet.User}:", keys);
        File.Move(keys, Path.Combine(folder, "authorized_keys"), overwrite: true);
        await RunAsync("chmod", "u=rwx,go=", folder);
        await RunAsync("chown", $"{fleet.User}:", folder);
        var arguments = new List<string> { "-F", "-E", "-s" };
        foreach (var type in (string[])["ed25519", "ecdsa", "rsa"])
        {
            var path = fleet.NewPath($"dropbear_{type}");
            await RunAsync("dropbearkey", "-t", type, "-f", path);
            arguments.AddRange(["-r", path]);
        }
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var port = FreePort();
            var start = new System.Diagnostics.ProcessStartInfo("dropbear", [.. arguments, "-p", $"127.0.0.1:{port}", "-P", fleet.NewPath("dropbear.pid")])
            {
                RedirectStandardError = true,
            };
            var process = System.Diagnostics.Process.Start(start)!;
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            if (await AnswersAsync(process, port))
                return new(process, port);
            process.Dispose();
        }
        throw new InvalidOperationException("dropbear does not start");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var run = await ProgramRun.RunAsync(new ProgramStart(program, arguments));
        Assert.True(run.ExitCode == 0, run.ToString());
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>False if another process took the port in the meantime.</summary>
    private static async Task<bool> AnswersAsync(System.Diagnostics.Process process, int port)
    {
        while (!process.HasExited)
        {
            try
            {
                await using var stream = await NativeInteropServer.DialAsync(port);
                return true;
            }
            catch (SocketException)
            {
                await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(20));
            }
        }
        return false;
    }
}
