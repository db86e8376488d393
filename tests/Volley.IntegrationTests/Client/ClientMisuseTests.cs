using System.Net;
using System.Reflection;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Client;

/// <summary>Mistakes of callers are exceptions, and harm nothing else on the connection.</summary>
public class ClientMisuseTests(Fleet fleet, SftpFleet servers) : ClientScene(fleet), IClassFixture<SftpFleet>
{
    private static readonly string Host = Fleet.Address(26_300);

    /// <summary>Methods that end a use, or return what is already known.</summary>
    private static readonly string[] Allowed = ["Dispose", "DisposeAsync", "CloseAsync", "WaitAsync", "ToString", "Equals", "GetHashCode"];

    [Fact]
    public async Task EveryMethodThrowsAfterDisposal()
    {
        var client = await SshClient.ConnectAsync(Host, Options(servers.Fleet));
        var process = await client.ExecuteAsync("true");
        var forward = client.ForwardLocal(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 1));
        var listener = await client.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var sftp = await client.OpenSftpAsync();
        var file = await sftp.OpenAsync(".", FileMode.Open, FileAccess.Read);
        var context = new SshClientContext(Fleet.SshConfig);
        var settings = context.GetSettings(Host);
        var key = SshPrivateKey.Parse(await File.ReadAllBytesAsync(Fleet.KeyPath));
        IAsyncDisposable[] asynchronous = [file, sftp, listener, forward, process, client];
        foreach (var disposable in asynchronous)
            await disposable.DisposeAsync();
        IDisposable[] synchronous = [context, key];
        foreach (var disposable in synchronous)
            disposable.Dispose();
        var wrong = new List<string>();
        foreach (var disposed in asynchronous.Concat<object>(synchronous))
            await CheckAsync(disposed, wrong, [settings, file, new IPEndPoint(IPAddress.Loopback, 1), new SftpAttributes()]);
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task ATextWithANulIsRefusedAndOtherCommandsGoOn()
    {
        await using var client = await SshClient.ConnectAsync(Host, Options(servers.Fleet));
        var other = client.RunAsync("sleep 0.5; printf done");
        Assert.Equal("command", (await Assert.ThrowsAsync<ArgumentException>(() => client.RunAsync("a\0b"))).ParamName);
        Assert.Equal("command", (await Assert.ThrowsAsync<ArgumentException>(() => client.ExecuteAsync("a\0b"))).ParamName);
        Assert.Equal("name", (await Assert.ThrowsAsync<ArgumentException>(() => client.OpenSubsystemAsync("a\0b"))).ParamName);
        Assert.Equal("host", (await Assert.ThrowsAsync<ArgumentException>(() => client.OpenTcpConnectionAsync("a\0b", 80))).ParamName);
        Assert.Equal("path", (await Assert.ThrowsAsync<ArgumentException>(() => client.OpenUnixConnectionAsync("/a\0b"))).ParamName);
        await using var process = await client.ExecuteAsync("cat");
        Assert.Equal("name", (await Assert.ThrowsAsync<ArgumentException>(async () => await process.SendSignalAsync("SIGTERM"))).ParamName);
        Assert.Equal("name", (await Assert.ThrowsAsync<ArgumentException>(async () => await process.SendSignalAsync("TE\0RM"))).ParamName);
        Assert.Equal("done", (await other).Stdout);
    }

    [Fact]
    public async Task ATextThatIsTooLongIsRefusedAndOtherCommandsGoOn()
    {
        await using var client = await SshClient.ConnectAsync(Host, Options(servers.Fleet));
        await using var other = await client.ExecuteAsync("cat");
        var tooLong = new string('x', SshClient.MaxCommandBytes + 1);
        Assert.Equal("command", (await Assert.ThrowsAsync<ArgumentException>(() => client.RunAsync(tooLong))).ParamName);
        Assert.Equal("command", (await Assert.ThrowsAsync<ArgumentException>(() => client.ExecuteAsync(tooLong))).ParamName);
        await Assert.ThrowsAsync<ArgumentException>(() => client.OpenSubsystemAsync(tooLong));
        await Assert.ThrowsAsync<ArgumentException>(() => client.OpenTcpConnectionAsync(tooLong, 80));
        await Assert.ThrowsAsync<ArgumentException>(() => client.OpenUnixConnectionAsync($"/{tooLong}"));
        await Assert.ThrowsAsync<ArgumentException>(() => client.ListenAsync(new DnsEndPoint(tooLong, 0)));
        await Assert.ThrowsAsync<ArgumentException>(() => client.RunAsync("true", new() { Terminal = new() { Type = tooLong } }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await other.SendSignalAsync(tooLong));
        Assert.Throws<ArgumentException>(() => new SshProcessOptions { Environment = new Dictionary<string, string> { ["X"] = tooLong } });
        await using var sftp = await client.OpenSftpAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => sftp.GetAttributesAsync(new string('x', 300_000)));
        Assert.NotNull(await sftp.GetAttributesAsync("."));
        // The longest command reaches the server, whose system refuses it.
        Assert.False((await client.RunAsync(tooLong[1..])).Succeeded);
        await other.StandardInput.WriteAsync("alive"u8.ToArray());
        await other.StandardInput.DisposeAsync();
        Assert.Equal("alive", (await other.ReadToEndAsync()).Stdout);
    }

    [Fact]
    public async Task ACommandThatIsTooLongFailsItsTargetAlone()
    {
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = Fleet.SshConfig });
        await using var session = await transport.ConnectAsync(new Target(Host), TestContext.Current.CancellationToken);
        await using var other = await session.StartAsync(CommandJob.Shell("read line; exit 5") with { Input = StandardInput.FromStream(Stream.Null) }, TestContext.Current.CancellationToken);
        var tooLong = await new ParallelExecutor(transport).RunToEndAsync(
            new Target(Host), CommandJob.Shell(new string('x', CommandJob.MaxCommandLineBytes + 1)), TestContext.Current.CancellationToken);
        Assert.Equal(
            (NodeOutcome.ConnectFailed, "the command has 262,081 bytes, and SSH servers take at most 262,080", Remedy.UseScript),
            (tooLong.Result.Outcome, tooLong.Result.Message, tooLong.Result.Remedy));
        other.CloseInput();
        Assert.Equal(5, (await other.WaitForExitAsync(TestContext.Current.CancellationToken)).ExitCode);
    }

    [Fact]
    public async Task PortsModesAndAccessesAreChecked()
    {
        await using var client = await SshClient.ConnectAsync(Host, Options(servers.Fleet));
        foreach (var port in new[] { -1, 70_000 })
        {
            Assert.Contains("a port is 0 to 65535", Assert.Throws<ArgumentOutOfRangeException>("port", () => client.ForwardLocalPort(port, "h", 80)).Message, StringComparison.Ordinal);
            Assert.Contains("a port is 1 to 65535", Assert.Throws<ArgumentOutOfRangeException>("hostPort", () => client.ForwardLocalPort(0, "h", port)).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>("port", () => client.OpenTcpConnectionAsync("h", port));
            Assert.Throws<ArgumentOutOfRangeException>("Port", () => new SshOverrides { Port = port });
        }

        Assert.Throws<ArgumentException>("Directives", () => new SshOverrides { Directives = [null!] });
        Assert.Throws<ArgumentException>("IdentityFiles", () => new SshOverrides { IdentityFiles = [null!] });
        await Assert.ThrowsAsync<ArgumentException>("host", () => SshClient.ConnectAsync($"root@{Host}"));
        Assert.Throws<ArgumentException>("destination", () => client.ForwardLocal(new IPEndPoint(IPAddress.Loopback, 0), new DnsEndPoint("h", 0)));
        await Assert.ThrowsAsync<ArgumentException>("destination", () => client.ForwardRemoteAsync(new IPEndPoint(IPAddress.Loopback, 0), new DnsEndPoint("h", 0)));
        await using var sftp = await client.OpenSftpAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("mode", () => sftp.OpenAsync("x", (FileMode)99, FileAccess.Read));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("access", () => sftp.OpenAsync("x", FileMode.Open, (FileAccess)9));
        foreach (var mode in new[] { FileMode.CreateNew, FileMode.Create, FileMode.Truncate, FileMode.Append })
            await Assert.ThrowsAsync<ArgumentException>("access", () => sftp.OpenAsync("x", mode, FileAccess.Read));
        await using var read = await sftp.OpenAsync("/etc/passwd", FileMode.Open, FileAccess.Read);
        Assert.Contains("was opened with FileAccess.Read", Assert.Throws<InvalidOperationException>(() => read.OpenWriter()).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await read.WriteAsync(0, new byte[1]));
        await using var written = await sftp.OpenAsync("/dev/null", FileMode.Open, FileAccess.Write);
        Assert.Throws<InvalidOperationException>(() => written.OpenReader());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await written.ReadAsync(0, new byte[1]));
    }

    private static async Task CheckAsync(object disposed, List<string> wrong, object[] arguments)
    {
        foreach (var method in disposed.GetType().GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            if (method.IsSpecialName || Allowed.Contains(method.Name))
                continue;
            var failure = await Record.ExceptionAsync(() => InvokeAsync(disposed, method, arguments));
            if (failure is not ObjectDisposedException)
                wrong.Add($"{disposed.GetType().Name}.{method.Name}: {failure?.Message ?? "no exception"}");
        }
    }

    private static async Task InvokeAsync(object instance, MethodInfo method, object[] arguments)
    {
        try
        {
            var result = method.Invoke(instance, [.. method.GetParameters().Select(parameter => GetArgument(parameter, arguments))]);
            if (result is Task task)
                await task;
            else if (result?.GetType() is { } type && type.Name.StartsWith("ValueTask", StringComparison.Ordinal))
                await (Task)type.GetMethod(nameof(ValueTask.AsTask))!.Invoke(result, null)!;
            else if (result is IAsyncEnumerable<SftpEntry> entries)
                await EnumerateAsync(entries);
            else if (result is IAsyncEnumerable<SshOutputLine> lines)
                await EnumerateAsync(lines);
        }
        catch (TargetInvocationException failure)
        {
            throw failure.InnerException!;
        }
    }

    private static async Task EnumerateAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (var item in items)
            Assert.Fail($"it returned {item}");
    }

    private static object? GetArgument(ParameterInfo parameter, object[] arguments) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => "x",
        var type when type == typeof(FileMode) => FileMode.Open,
        var type when type == typeof(FileAccess) => FileAccess.Read,
        var type when type == typeof(int) => 1,
        var type when type == typeof(Memory<byte>) => new Memory<byte>(new byte[1]),
        var type when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>(new byte[1]),
        var type when type.IsValueType => Activator.CreateInstance(type),
        var type => Array.Find(arguments, type.IsInstanceOfType),
    };
}
