using Volley.Ssh;
using Volley.Ssh.Sftp;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Client;

/// <summary>SFTP of the client, at real servers.</summary>
public class SftpTests(Fleet fleet, SftpFleet servers) : ClientScene(fleet), IClassFixture<SftpFleet>
{
    private static readonly string Host = Fleet.Address(26_200);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("sftp")]
    [InlineData("external")]
    public async Task FilesArriveUnchanged(string subsystem)
    {
        await using var client = await ConnectAsync();
        await using var sftp = await OpenAsync(client, subsystem);
        var data = new byte[(9 << 20) + 12_345];
        new Random(1).NextBytes(data);
        // A name with a byte that is not UTF-8, and a line feed.
        var name = $"caf\udce9\n{subsystem}";
        await using (var file = await sftp.OpenAsync(name, FileMode.CreateNew, FileAccess.Write, UnixFileMode.UserRead | UnixFileMode.UserWrite))
        {
            await using (var writer = file.OpenWriter())
                await writer.WriteAsync(data);
            await file.SynchronizeAsync();
            await file.CloseAsync();
        }
        Assert.Contains(name, await sftp.ListAsync(".").Select(entry => entry.Name).ToListAsync());
        var attributes = await sftp.GetAttributesAsync(name);
        Assert.Equal((data.Length, UnixFileMode.UserRead | UnixFileMode.UserWrite), (attributes.Size, attributes.Permissions));
        await using var source = await sftp.OpenAsync(name, FileMode.Open, FileAccess.Read);
        await using var reader = source.OpenReader();
        using var copy = new MemoryStream();
        await reader.CopyToAsync(copy);
        Assert.Equal(data, copy.ToArray());
        var exists = await Assert.ThrowsAsync<SftpException>(() => sftp.OpenAsync(name, FileMode.CreateNew, FileAccess.Write));
        Assert.Equal((SftpStatus.Failure, false), (exists.Status, exists.IsConnectionLost));
        Assert.Equal(SftpStatus.BadMessage, (await Assert.ThrowsAsync<SftpException>(() => sftp.GetAttributesAsync(new string('x', 300)))).Status);
        // The connection outlives failures.
        Assert.Equal(data.Length, (await sftp.GetAttributesAsync(name)).Size);
    }

    [Fact]
    public async Task AServerWithoutSftpSaysSo()
    {
        await using var client = await ConnectAsync(Host);
        var failure = await Assert.ThrowsAsync<SshException>(() => client.OpenSftpAsync());
        Assert.Equal((SshFailure.RequestRefused, "the server refused the subsystem sftp"), (failure.Failure, failure.Message));
        Assert.Equal("1", (await client.RunAsync("printf 1")).Stdout);
    }

    [Theory]
    // sshd drops the standard error of a subsystem.
    [InlineData("fails", "the SFTP connection is lost: the SFTP server ended: exit 3", SftpStatus.ConnectionLost)]
    [InlineData("ends", "the SFTP server ended the connection", SftpStatus.ConnectionLost)]
    [InlineData("greets", "'Welcome", SftpStatus.BadMessage)]
    [InlineData("prints", "'Hi'", SftpStatus.BadMessage)]
    public async Task AServerThatDoesNotSpeakSftpIsNamed(string subsystem, string message, SftpStatus status)
    {
        await using var client = await ConnectAsync();
        var failure = await Assert.ThrowsAsync<SftpException>(() => OpenAsync(client, subsystem).WaitAsync(Limit));
        Assert.True(failure.Message.Contains(message, StringComparison.Ordinal), failure.Message);
        Assert.Equal((status, true), (failure.Status, failure.IsConnectionLost));
    }

    [Fact]
    public async Task ACanceledWriteEndsAtOnce()
    {
        await using var client = await ConnectAsync();
        await using var sftp = await client.OpenSftpAsync();
        await using var file = await sftp.OpenAsync("file", FileMode.Create, FileAccess.Write);
        using var canceled = new CancellationTokenSource();
        var writer = file.OpenWriter();
        var writing = Task.Run(async () =>
        {
            while (true)
                await writer.WriteAsync(new byte[1 << 20], canceled.Token);
        });
        while (await file.GetAttributesAsync() is { Size: 0 or null })
        {
            // The first bytes are on their way.
        }
        await canceled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Limit));
        await writer.DisposeAsync().AsTask().WaitAsync(Limit);
        Assert.Equal("ok", (await client.RunAsync("printf ok")).Stdout);
    }

    private Task<SshClient> ConnectAsync() => SshClient.ConnectAsync(Host, Options(servers.Fleet));

    private static async Task<SftpClient> OpenAsync(SshClient client, string subsystem)
    {
        if (subsystem == "sftp")
            return await client.OpenSftpAsync();
        var process = await client.OpenSubsystemAsync(subsystem);
        return await SftpClient.ConnectAsync(new SftpProcessStream(process, process.Channel));
    }
}
