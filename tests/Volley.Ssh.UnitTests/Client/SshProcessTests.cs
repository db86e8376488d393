using System.Text;
using Volley.Ssh.UnitTests.Config;
using Xunit;

namespace Volley.Ssh.UnitTests.Client;

/// <summary>Remote processes, at servers that follow a script.</summary>
public sealed class SshProcessTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task LinesAreSplitByStreamWhereverMessagesEnd()
    {
        var bytes = Encoding.UTF8.GetBytes("é");
        using var server = Server((client, channel) => client.SendAsync(
            Wire.Success(channel), Wire.Data(channel, "on"), Wire.Error(channel, "warn"), Wire.Data(channel, "e\r\ntwo\n\n"),
            Wire.Data(channel, [bytes[0]]), Wire.Error(channel, "ing\n"), Wire.Data(channel, [bytes[1]]), Wire.Data(channel, "nd"),
            Wire.ExitStatus(channel, 0), Wire.Eof(channel)));
        await using var client = await ConnectAsync(server);
        await using var process = await client.ExecuteAsync("list");
        var lines = new List<string>();
        await foreach (var line in process.ReadLinesAsync())
            lines.Add($"{line.Stream}: {line.Text}");
        Assert.Equal(["Stdout: one", "Stdout: two", "Stdout: ", "Stderr: warning", "Stdout: énd"], lines);
        Assert.Equal(0, (await process.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task TooMuchOutputFails()
    {
        using var server = Server(static (client, channel) => client.SendAsync(Wire.Success(channel), Wire.Data(channel, "12345678901")));
        await using var client = await ConnectAsync(server);
        var options = new SshProcessOptions { MaxOutputLength = 10 };
        await using var process = await client.ExecuteAsync("print", options);
        var failure = await Assert.ThrowsAsync<SshException>(async () => await process.ReadLinesAsync().FirstAsync());
        Assert.Equal((SshFailure.OutputTooLarge, "a line of the output has more than 10 characters"), (failure.Failure, failure.Message));
    }

    [Fact]
    public async Task CollectingMoreThanTheLimitFails()
    {
        using var server = Server(static (client, channel) => client.SendAsync(
            Wire.Success(channel), Wire.Data(channel, "123456789"), Wire.Error(channel, "12"), Wire.ExitStatus(channel, 0), Wire.Eof(channel)));
        await using var client = await ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<SshException>(() => client.RunAsync("print", new() { MaxOutputLength = 10 }));
        Assert.Equal((SshFailure.OutputTooLarge, "the output has more than 10 bytes"), (failure.Failure, failure.Message));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task TheOutputCanBeReadOnce(bool collectsFirst, bool collectsThen)
    {
        using var server = Server(static (client, channel) => client.SendAsync(
            Wire.Success(channel), Wire.Data(channel, "out\n"), Wire.ExitStatus(channel, 3), Wire.Eof(channel)));
        await using var client = await ConnectAsync(server);
        await using var process = await client.ExecuteAsync("print");
        if (collectsFirst)
            Assert.Equal("out\n", (await process.ReadToEndAsync()).Stdout);
        else
            Assert.Equal("out", (await process.ReadLinesAsync().SingleAsync()).Text);
        Func<Task> readAgain = collectsThen ? () => process.ReadToEndAsync() : () => process.ReadLinesAsync().FirstAsync().AsTask();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(readAgain);
        Assert.StartsWith("the output of a process can be read once", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await process.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task ConcurrentReadersAreToldWhatIsWrong()
    {
        var mayEnd = new TaskCompletionSource();
        using var server = Server(async (client, channel) =>
        {
            await client.SendAsync(Wire.Success(channel));
            await mayEnd.Task;
            await client.SendAsync(Wire.Data(channel, "out"), Wire.ExitStatus(channel, 0), Wire.Eof(channel));
        });
        await using var client = await ConnectAsync(server);
        await using (var process = await client.ExecuteAsync("print"))
        {
            var first = process.ReadToEndAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() => process.ReadToEndAsync());
            mayEnd.SetResult();
            Assert.Equal("out", (await first).Stdout);
        }

        mayEnd = new TaskCompletionSource();
        await using var streams = await client.ExecuteAsync("print");
        byte[] buffer = new byte[10], other = new byte[10];
        var reading = streams.StandardOutput.ReadAsync(buffer).AsTask();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => streams.StandardOutput.ReadAsync(other).AsTask());
        Assert.Equal("another read waits: a channel or stream has one reader at a time", failure.Message);
        failure = await Assert.ThrowsAsync<InvalidOperationException>(() => streams.ReadToEndAsync());
        Assert.Contains("are read as streams", failure.Message, StringComparison.Ordinal);
        mayEnd.SetResult();
        Assert.Equal(3, await reading);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CollectedOutputEndsWithTheStreamsAndTheStatusInAnyOrder(bool eofFirst)
    {
        using var server = Server(async (client, channel) =>
        {
            await client.SendAsync(Wire.Success(channel), Wire.Data(channel, "out"));
            await client.SendAsync(eofFirst ? Wire.Eof(channel) : Wire.ExitStatus(channel, 3));
            await client.SendAsync(eofFirst ? Wire.ExitStatus(channel, 3) : Wire.Eof(channel));
        });
        await using var client = await ConnectAsync(server);
        var result = await client.RunAsync("print");
        Assert.Equal((3, "out", false), (result.ExitStatus.ExitCode, result.Stdout, result.HasLostOutput));
    }

    [Fact]
    public async Task CollectingReturnsTheWindowBeforeItIsExhausted()
    {
        var payload = new string('x', 32 << 10);
        using var server = Server(async (client, channel) =>
        {
            await client.SendAsync(Wire.Success(channel));
            // Half of the window; then the client must have given some of it back.
            await client.SendAsync(Wire.Data(channel, payload), Wire.Data(channel, payload));
            _ = SendRestAsync();

            async Task SendRestAsync()
            {
                await client.WindowAdjusted.Task;
                await client.SendAsync(Wire.Data(channel, payload), Wire.ExitStatus(channel, 0), Wire.Eof(channel));
            }
        });
        await using var client = await ConnectAsync(server);
        Assert.Equal(3 * payload.Length, (await client.RunAsync("print")).StdoutData.Length);
    }

    [Fact]
    public async Task AConnectionThatEndsTooEarlyIsAFailure()
    {
        using var server = Server(static async (client, channel) =>
        {
            await client.SendAsync(Wire.Success(channel), Wire.Data(channel, "half"));
            client.HangUp();
        });
        await using var client = await ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<SshException>(() => client.RunAsync("print"));
        Assert.Equal(SshFailure.ConnectionLost, failure.Failure);
    }

    [Fact]
    public async Task TheEnvironmentAndTheCommandAreSentBeforeAnyAnswer()
    {
        var requests = new List<string>();
        using var server = new ScriptedServer
        {
            OnRequest = (client, channel, type) =>
            {
                requests.Add(type);
                return type != "exec" ? Task.CompletedTask : client.SendAsync(Wire.Success(channel), Wire.ExitStatus(channel, 0), Wire.Eof(channel));
            },
        };
        await using var client = await ConnectAsync(server);
        var options = new SshProcessOptions { Environment = new Dictionary<string, string> { ["LC_A"] = "1", ["LC_B"] = "2" } };
        Assert.True((await client.RunAsync("true", options)).Succeeded);
        Assert.Equal(["env", "env", "exec"], requests);
    }

    [Fact]
    public async Task AProcessWithoutItsTerminalDoesNotStart()
    {
        var requests = new List<string>();
        using var server = new ScriptedServer
        {
            OnRequest = (client, channel, type) =>
            {
                requests.Add(type);
                return client.SendAsync(Wire.Failure(channel));
            },
        };
        await using var client = await ConnectAsync(server);
        var failure = await Assert.ThrowsAsync<SshException>(() => client.OpenShellAsync(new() { Terminal = new() }));
        Assert.Equal((SshFailure.RequestRefused, "the server refused a terminal"), (failure.Failure, failure.Message));
        Assert.Equal(["pty-req"], requests);
        failure = await Assert.ThrowsAsync<SshException>(() => client.ExecuteAsync("true", new() { AgentSocket = "/run/agent" }));
        Assert.Equal("the server refused agent forwarding", failure.Message);
        failure = await Assert.ThrowsAsync<SshException>(() => client.OpenSubsystemAsync("sftp"));
        Assert.Equal("the server refused the subsystem sftp", failure.Message);
    }

    [Fact]
    public async Task NothingWaitsForTheContextOfTheCaller()
    {
        using var server = Server(static (client, channel) => client.SendAsync(
            Wire.Success(channel), Wire.Data(channel, "line\n"), Wire.ExitStatus(channel, 0), Wire.Eof(channel)));
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            // Continuations that are posted to it would never run.
            SynchronizationContext.SetSynchronizationContext(new BlockedContext());
            var client = Wait(ConnectAsync(server));
            var result = Wait(client.RunAsync("print"));
            var process = Wait(client.ExecuteAsync("print"));
            process.StandardInput.Dispose();
            using var reader = new StreamReader(process.StandardOutput);
            var line = reader.ReadLine();
            Wait(process.WaitForExitAsync());
            Wait(process.DisposeAsync().AsTask().ContinueWith(_ => true, TaskScheduler.Default));
            Wait(client.DisposeAsync().AsTask().ContinueWith(_ => true, TaskScheduler.Default));
            done.SetResult(result.Stdout + line);
        }).Start();
        Assert.Equal("line\nline", await done.Task.WaitAsync(TimeSpan.FromSeconds(60)));

#pragma warning disable xUnit1031, RS0030 // That it blocks is the point.
        static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
#pragma warning restore xUnit1031, RS0030
    }

    [Fact]
    public async Task ACallerThatBlocksStopsNoOtherCommand()
    {
        using var server = Server(static (client, channel) => client.SendAsync(
            Wire.Success(channel), Wire.ExitStatus(channel, 0), Wire.Eof(channel)));
        await using var client = await ConnectAsync(server);
        using var gate = new ManualResetEventSlim();
        var blocked = client.RunAsync("one").ContinueWith(
            _ => gate.Wait(TimeSpan.FromSeconds(60)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        for (var i = 0; i < 10; i++)
            Assert.True((await client.RunAsync("other")).Succeeded);
        Assert.False(blocked.IsCompleted);
        gate.Set();
        Assert.True(await blocked);
    }

    [Fact]
    public async Task ADisposedClientSaysSo()
    {
        using var server = new ScriptedServer();
        var client = await ConnectAsync(server);
        await client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.RunAsync("true"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.OpenTcpConnectionAsync("localhost", 1));
        Assert.Throws<ObjectDisposedException>(() => client.ForwardLocalPort(0, "localhost", 1));
    }

    private static ScriptedServer Server(Func<ScriptedClient, uint, Task> onExec) => new()
    {
        OnRequest = (client, channel, type) => type == "exec" ? onExec(client, channel) : Task.CompletedTask,
    };

    private sealed class BlockedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }

    private Task<SshClient> ConnectAsync(ScriptedServer server)
    {
        var file = _folder.Write($"config{Guid.NewGuid():N}", $"""
            StrictHostKeyChecking no
            Port {server.Port}
            User me
            IdentityFile none
            IdentityAgent none
            UserKnownHostsFile {_folder.Home}/known
            GlobalKnownHostsFile none

            """);
        return SshClient.ConnectAsync("127.0.0.1", new() { Context = new SshClientContext(file) });
    }
}
