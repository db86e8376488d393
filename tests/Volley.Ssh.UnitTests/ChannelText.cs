using System.Text;

namespace Volley.Ssh.UnitTests;

/// <summary>Reads a channel as text.</summary>
internal static class ChannelText
{
    /// <summary>Starts a command on a channel of its own.</summary>
    public static async Task<SshChannel> StartAsync(this SshConnection connection, string command)
    {
        using var limit = new CancellationTokenSource(ControlMaster.Limit);
        var channel = await connection.OpenSessionAsync(limit.Token);
        await channel.ExecAsync(command, cancellationToken: limit.Token);
        return channel;
    }

    /// <summary>Opens a TCP connection from the peer.</summary>
    public static async Task<SshChannelStream> OpenTcpAsync(this SshConnection connection, string host, int port) =>
        new(await connection.OpenDirectAsync(new(host, port), CancellationToken.None));

    /// <summary>Waits for the command's end, but not for ever.</summary>
    public static async Task<SshExitStatus> ExitAsync(this SshChannel channel)
    {
        using var limit = new CancellationTokenSource(ControlMaster.Limit);
        return await channel.WaitForExitAsync(limit.Token);
    }

    /// <summary>Reads until standard output holds a text; fails at the end of both streams.</summary>
    public static async Task<string> ReadUntilAsync(this SshChannel channel, string text)
    {
        using var limit = new CancellationTokenSource(ControlMaster.Limit);
        var buffer = new byte[4096];
        var came = new StringBuilder();
        while (!came.ToString().Contains(text, StringComparison.Ordinal))
        {
            var read = await channel.ReadAsync(buffer, limit.Token);
            if (read.Count == 0)
                throw new EndOfStreamException($"ended without \"{text}\": {came}");
            came.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
        }
        return came.ToString();
    }

    /// <summary>Reads both streams to their ends.</summary>
    public static async Task<(string Stdout, string Stderr)> ReadToEndAsync(this SshChannel channel)
    {
        using var limit = new CancellationTokenSource(ControlMaster.Limit);
        var buffer = new byte[4096];
        var (stdout, stderr) = (new StringBuilder(), new StringBuilder());
        while (await channel.ReadAsync(buffer, limit.Token) is { Count: > 0 } read)
            (read.Stream is SshStreamKind.Stdout ? stdout : stderr).Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
        return (stdout.ToString(), stderr.ToString());
    }
}
