using System.Globalization;
using Volley.Ssh;

namespace Volley.LibraryBenchmarks;

/// <summary>Copies one file by SFTP, as scp does, and prints what the connection cost before the copy.</summary>
internal static class SftpCopy
{
    private const int BlockLength = 255 << 10;

    /// <summary>Runs the copy.</summary>
    /// <param name="arguments">put or get, the file of ssh_config, the host, the local and the remote path.</param>
    public static async Task RunAsync(string[] arguments)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var context = new SshClientContext(arguments[1]);
        await using var client = await SshClient.ConnectAsync(arguments[2], new SshClientOptions { Context = context });
        await using var sftp = await client.OpenSftpAsync();
        var (cpu, connected) = (Environment.CpuUsage.TotalTime, TimeProvider.System.GetElapsedTime(start));
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        long length;
        if (arguments[0] == "put")
            length = await PutAsync(sftp, arguments[3], arguments[4]);
        else
            length = await GetAsync(sftp, arguments[3], arguments[4]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{cpu.TotalMilliseconds:0} {connected.TotalMilliseconds:0} {GC.GetTotalAllocatedBytes(precise: true) - allocated} {length}"));
    }

    private static async Task<long> PutAsync(SftpClient sftp, string local, string remote)
    {
        using var source = File.OpenHandle(local, options: FileOptions.SequentialScan);
        await using var target = await sftp.OpenAsync(remote, FileMode.Create, FileAccess.Write);
        long length = 0;
        await using (var writer = target.OpenWriter())
        {
            var buffer = new byte[BlockLength];
            while (RandomAccess.Read(source, buffer, length) is > 0 and var count)
            {
                await writer.WriteAsync(buffer.AsMemory(0, count));
                length += count;
            }
        }
        await target.CloseAsync();
        return length;
    }

    private static async Task<long> GetAsync(SftpClient sftp, string local, string remote)
    {
        using var target = File.OpenHandle(local, FileMode.Create, FileAccess.Write);
        await using var source = await sftp.OpenAsync(remote, FileMode.Open, FileAccess.Read);
        await using var reader = source.OpenReader();
        var buffer = new byte[BlockLength];
        long length = 0;
        while (await reader.ReadAsync(buffer) is > 0 and var count)
        {
            RandomAccess.Write(target, buffer.AsSpan(0, count), length);
            length += count;
        }
        return length;
    }
}
