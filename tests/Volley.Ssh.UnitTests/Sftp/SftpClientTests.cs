using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>The client against OpenSSH's sftp-server.</summary>
public sealed class SftpClientTests : IAsyncLifetime
{
    private LocalSftpServer _server = null!;

    private SftpClient Client => _server.Client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await LocalSftpServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void LimitsOfTheServerAreUsed()
    {
        // OpenSSH accepts packets of 256 KiB with 255 KiB of data.
        Assert.Equal(255 << 10, Client.MaxReadLength);
        Assert.Equal(255 << 10, Client.MaxWriteLength);
        Assert.Equal("1", Client.Extensions["posix-rename@openssh.com"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 << 10)]
    [InlineData((1 << 20) + 12_345)]
    [InlineData(9 << 20)]
    public async Task AFileArrivesAsItWasWritten(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        await using (var file = await Client.OpenAsync(_server.GetPath("file"), FileMode.OpenOrCreate, FileAccess.Write, cancellationToken: Token))
        {
            await using var writer = file.OpenWriter();
            // Parts that do not fit the requests.
            for (var sent = 0; sent < length; sent += 70_001)
                await writer.WriteAsync(data.AsMemory(sent, Math.Min(70_001, length - sent)), Token);
            await writer.FlushAsync(Token);
            await file.SynchronizeAsync(Token);
            await file.CloseAsync(Token);
        }
        Assert.Equal(data, await File.ReadAllBytesAsync(_server.GetPath("file"), Token));

        await using var source = await Client.OpenAsync(_server.GetPath("file"), FileMode.Open, FileAccess.Read, cancellationToken: Token);
        Assert.Equal(length, (await source.GetAttributesAsync(Token)).Size);
        await using var reader = source.OpenReader();
        using var copy = new MemoryStream();
        await reader.CopyToAsync(copy, Token);
        Assert.Equal(data, copy.ToArray());
    }

    [Fact]
    public async Task SynchronousMembersOfTheStreamsWork()
    {
        await using var file = await Client.OpenAsync(
            _server.GetPath("file"), FileMode.OpenOrCreate, FileAccess.ReadWrite, cancellationToken: Token);
#pragma warning disable CA1849 // The synchronous members are what is tested.
        using (var writer = file.OpenWriter())
            writer.Write("synchronous"u8);
        using var reader = new StreamReader(file.OpenReader());
        Assert.Equal("synchronous", reader.ReadToEnd());
#pragma warning restore CA1849
    }

    [Fact]
    public async Task AReaderContinuesWhereAFileGrew()
    {
        await File.WriteAllTextAsync(_server.GetPath("log"), "first ", Token);
        await using var file = await Client.OpenAsync(_server.GetPath("log"), FileMode.Open, FileAccess.Read, cancellationToken: Token);
        await using var reader = file.OpenReader();
        var buffer = new byte[100];
        Assert.Equal(6, await reader.ReadAsync(buffer, Token));
        await File.AppendAllTextAsync(_server.GetPath("log"), "second", Token);
        Assert.Equal(6, await reader.ReadAsync(buffer, Token));
        Assert.Equal("second"u8.ToArray(), buffer[..6]);
        Assert.Equal(0, await reader.ReadAsync(buffer, Token));
    }

    [Fact]
    public async Task ADirectoryIsListedWithAttributes()
    {
        for (var i = 0; i < 1500; i++)
            await File.WriteAllTextAsync(_server.GetPath($"f{i}"), new string('x', i % 7), Token);
        Directory.CreateSymbolicLink(_server.GetPath("link"), "f1");
        Directory.CreateDirectory(_server.GetPath("sub"));
        var entries = await Client.ListAsync(_server.Directory, Token).ToDictionaryAsync(entry => entry.Name, cancellationToken: Token);
        Assert.Equal(1502, entries.Count);
        Assert.Equal(6, entries["f6"].Attributes.Size);
        Assert.True(entries["f6"].Attributes.IsRegularFile);
        Assert.True(entries["link"].Attributes.IsSymbolicLink);
        Assert.True(entries["sub"].Attributes.IsDirectory);
    }

    [Fact]
    public async Task ANameMayHaveAnyBytes()
    {
        // Not UTF-8, a line break, and characters outside of ASCII.
        string[] names = ["caf\udce9", "a\nb", "Ünïcode ✓"];
        foreach (var name in names)
        {
            await using var file = await Client.OpenAsync(_server.GetPath(name), FileMode.OpenOrCreate, FileAccess.Write, cancellationToken: Token);
            await file.WriteAsync(0, "x"u8.ToArray(), Token);
        }
        var listed = await Client.ListAsync(_server.Directory, Token).Select(entry => entry.Name).ToListAsync(Token);
        Assert.Equal(names.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        foreach (var name in names)
            await Client.DeleteFileAsync(_server.GetPath(name), Token);
    }

    [Fact]
    public async Task AttributesAreChanged()
    {
        var path = _server.GetPath("file");
        await File.WriteAllTextAsync(path, "text", Token);
        var time = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
        await Client.SetAttributesAsync(path, new() { Permissions = UnixFileMode.UserRead | UnixFileMode.SetUser, Size = 2, AccessTime = time, ModifiedTime = time }, Token);
        var attributes = await Client.GetAttributesAsync(path, Token);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.SetUser, attributes.Permissions);
        Assert.Equal(2, attributes.Size);
        Assert.Equal(time, attributes.ModifiedTime);
        Assert.True(attributes.IsRegularFile);
        await Assert.ThrowsAsync<ArgumentException>(() => Client.SetAttributesAsync(path, new() { UserId = 1 }, Token));
    }

    [Fact]
    public async Task LinksAreMadeAndRead()
    {
        await File.WriteAllTextAsync(_server.GetPath("file"), "text", Token);
        await Client.CreateSymbolicLinkAsync(_server.GetPath("soft"), "file", Token);
        await Client.CreateHardLinkAsync(_server.GetPath("file"), _server.GetPath("hard"), Token);
        Assert.Equal("file", await Client.ReadLinkAsync(_server.GetPath("soft"), Token));
        Assert.Equal(4, (await Client.GetAttributesAsync(_server.GetPath("soft"), Token)).Size);
        Assert.True((await Client.GetLinkAttributesAsync(_server.GetPath("soft"), Token)).IsSymbolicLink);
        Assert.Equal("text", await File.ReadAllTextAsync(_server.GetPath("hard"), Token));
        var time = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
        await Client.SetLinkAttributesAsync(_server.GetPath("soft"), new() { AccessTime = time, ModifiedTime = time }, Token);
        Assert.Equal(time, (await Client.GetLinkAttributesAsync(_server.GetPath("soft"), Token)).ModifiedTime);
        Assert.NotEqual(time, (await Client.GetAttributesAsync(_server.GetPath("soft"), Token)).ModifiedTime);
        Assert.Equal(_server.GetPath("file"), await Client.GetRealPathAsync(_server.GetPath("soft"), Token));
    }

    [Fact]
    public async Task ARenameReplacesOnlyWhereAsked()
    {
        await File.WriteAllTextAsync(_server.GetPath("new"), "new", Token);
        await File.WriteAllTextAsync(_server.GetPath("old"), "old", Token);
        await Assert.ThrowsAsync<SftpException>(() => Client.RenameAsync(_server.GetPath("new"), _server.GetPath("old"), Token));
        await Client.ReplaceAsync(_server.GetPath("new"), _server.GetPath("old"), Token);
        Assert.Equal("new", await File.ReadAllTextAsync(_server.GetPath("old"), Token));
        await Client.RenameAsync(_server.GetPath("old"), _server.GetPath("third"), Token);
        Assert.True(File.Exists(_server.GetPath("third")));
    }

    [Fact]
    public async Task DirectoriesAreMadeAndDeleted()
    {
        await Client.CreateDirectoryAsync(_server.GetPath("sub"), UnixFileMode.UserRead | UnixFileMode.UserExecute, Token);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(_server.GetPath("sub")));
        await Client.DeleteDirectoryAsync(_server.GetPath("sub"), Token);
        Assert.False(Directory.Exists(_server.GetPath("sub")));
    }

    [Fact]
    public async Task TheServerCopiesAPart()
    {
        await File.WriteAllTextAsync(_server.GetPath("from"), "0123456789", Token);
        await using var from = await Client.OpenAsync(_server.GetPath("from"), FileMode.Open, FileAccess.Read, cancellationToken: Token);
        await using var to = await Client.OpenAsync(_server.GetPath("to"), FileMode.OpenOrCreate, FileAccess.Write, cancellationToken: Token);
        await from.CopyToAsync(2, 5, to, 1, Token);
        Assert.Equal("\023456", await File.ReadAllTextAsync(_server.GetPath("to"), Token));
    }

    [Fact]
    public async Task TheFileSystemIsDescribed()
    {
        var system = await Client.GetFileSystemAsync(_server.Directory, Token);
        var drive = new DriveInfo(_server.Directory);
        Assert.Equal((ulong)drive.TotalSize, system.TotalBytes);
        Assert.InRange(system.AvailableBytes, 1UL, system.TotalBytes);
        Assert.False(system.IsReadOnly);
        Assert.Equal(255UL, system.MaxNameLength);
    }

    [Fact]
    public async Task HomesAreExpanded() =>
        Assert.Equal("/root/x", await Client.ExpandPathAsync("~root/x", Token));

    [Fact]
    public async Task AFailureHasItsPathAndReason()
    {
        var missing = await Assert.ThrowsAsync<SftpException>(() => Client.OpenAsync("/nonexistent/file", FileMode.Open, FileAccess.Read, cancellationToken: Token));
        Assert.Equal(SftpStatus.NoSuchFile, missing.Status);
        Assert.Equal("/nonexistent/file: no such file or directory", missing.Message);
        var exists = await Assert.ThrowsAsync<SftpException>(() => Client.CreateDirectoryAsync(_server.Directory, null, Token));
        Assert.Equal(SftpStatus.Failure, exists.Status);
        Assert.Equal(_server.Directory, exists.Path);
        Assert.False(exists.IsConnectionLost);
        await Assert.ThrowsAsync<ArgumentException>(() => Client.ReadLinkAsync("a\0b", Token));
        await Assert.ThrowsAsync<ArgumentException>(() => Client.ReadLinkAsync("", Token));
    }

    [Fact]
    public async Task AClosedFileIsNotUsed()
    {
        var file = await Client.OpenAsync(_server.GetPath("file"), FileMode.OpenOrCreate, FileAccess.Write, cancellationToken: Token);
        await file.CloseAsync(Token);
        await file.CloseAsync(Token);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await file.WriteAsync(0, new byte[1], Token));
    }

    [Fact]
    public async Task OperationsFailOnceTheClientIsDisposed()
    {
        await Client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Client.GetAttributesAsync("/", Token));
    }
}
