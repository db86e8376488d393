using System.Globalization;
using System.Text;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Client;

/// <summary>Remote processes, at a real sshd.</summary>
public class SshProcessTests(Fleet fleet) : ClientScene(fleet)
{
    private static readonly string Host = Fleet.Address(26_100);

    [Fact]
    public async Task StreamsAreThoseOfTheProcess()
    {
        await using var client = await ConnectAsync(Host);
        await using var process = await client.ExecuteAsync("read line; echo \"got $line\"; echo problem >&2; cat; exit 3");
        await using (var input = new StreamWriter(process.StandardInput))
            await input.WriteAsync("one\ntwo\n");
        using var output = new StreamReader(process.StandardOutput);
        using var error = new StreamReader(process.StandardError);
        Assert.Equal("problem\n", await error.ReadToEndAsync());
        Assert.Equal("got one\ntwo\n", await output.ReadToEndAsync());
        Assert.Equal(3, (await process.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task LargeStreamsAreCopiedSynchronously()
    {
        const int Count = 8 << 20;
        await using var client = await ConnectAsync(Host);
        await using var process = await client.ExecuteAsync("cat");
        process.StandardError.Dispose();
        var data = new byte[Count];
        new Random(1).NextBytes(data);
        var writing = Task.Run(() =>
        {
            new MemoryStream(data).CopyTo(process.StandardInput);
            process.StandardInput.Dispose();
        });
        using var received = new MemoryStream();
        await Task.Run(() => process.StandardOutput.CopyTo(received)).WaitAsync(4 * Transcript.DefaultLimit);
        await writing;
        Assert.Equal(data, received.ToArray());
    }

    [Fact]
    public async Task LinesAreReadWhileTheProcessRuns()
    {
        await using var client = await ConnectAsync(Host);
        await using var process = await client.ExecuteAsync("echo one; read answer; echo $answer >&2; echo end");
        var lines = new List<SshOutputLine>();
        await foreach (var line in process.ReadLinesAsync())
        {
            lines.Add(line);
            if (line.Text == "one")
                await process.StandardInput.WriteAsync("yes\n"u8.ToArray());
        }
        Assert.Equal(new SshOutputLine(SshStreamKind.Stdout, "one"), lines[0]);
        Assert.Equal(
            [new(SshStreamKind.Stdout, "end"), new(SshStreamKind.Stderr, "yes")],
            lines.Skip(1).OrderBy(line => line.Stream));
    }

    [Fact]
    public async Task SignalsReachTheProcess()
    {
        await using var client = await ConnectAsync(Host);
        await using var process = await client.ExecuteAsync("echo up; exec sleep 1000");
        await foreach (var line in process.ReadLinesAsync())
        {
            Assert.Equal("up", line.Text);
            await process.SendSignalAsync("TERM");
        }
        Assert.Equal("TERM", (await process.WaitForExitAsync()).Signal);
    }

    [Fact]
    public async Task AShellRunsAtATerminalWhoseSizeChanges()
    {
        await using var client = await ConnectAsync(Host);
        await using var shell = await client.OpenShellAsync(new() { Terminal = new() { Type = "vt100", Columns = 90, Rows = 30 } });
        using var output = new StreamReader(shell.StandardOutput);
        await shell.StandardInput.WriteAsync("PS1=; stty -echo; trap 'stty size; exit 4' WINCH; echo $TERM; stty size; echo read''y; sleep 1000 & wait\n"u8.ToArray());
        var text = await ReadUntilAsync(output, "ready");
        Assert.Contains("vt100", text, StringComparison.Ordinal);
        Assert.Contains("30 90", text, StringComparison.Ordinal);
        await shell.ResizeTerminalAsync(100, 40);
        Assert.Contains("40 100", await output.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(4, (await shell.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task AShellNeedsNoTerminal()
    {
        await using var client = await ConnectAsync(Host);
        await using var shell = await client.OpenShellAsync(new() { Input = "echo $((6 * 7))\ntest -t 0 || echo no terminal\n"u8.ToArray() });
        Assert.Equal("42\nno terminal\n", (await shell.ReadToEndAsync()).Stdout);
    }

    [Fact]
    public async Task ASubsystemIsOpened()
    {
        await using var client = await ConnectAsync(Host);
        var failure = await Assert.ThrowsAsync<SshException>(() => client.OpenSubsystemAsync("none"));
        Assert.Equal((SshFailure.RequestRefused, "the server refused the subsystem none"), (failure.Failure, failure.Message));
    }

    [Fact]
    public async Task TheEncodingIsThatOfTheOptions()
    {
        await using var client = await ConnectAsync(Host);
        var result = await client.RunAsync("printf '\\351'", new() { Encoding = Encoding.Latin1 });
        Assert.Equal("é", result.Stdout);
    }

    [Fact]
    public async Task AnAgentIsForwardedOnRequestOnly()
    {
        var socket = Fleet.NewPath("agent");
        await using var agent = await NativeRuns.StartAgentAsync(socket, Fleet.KeyPath);
        await using var client = await ConnectAsync(Host);
        await using (var process = await client.ExecuteAsync("ssh-add -l && ssh-add -l", new() { AgentSocket = socket }))
        {
            var result = await process.ReadToEndAsync();
            Assert.True(result.Succeeded, result.Stderr);
            Assert.Equal(2, result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            Assert.Contains("fleet-user", result.Stdout, StringComparison.Ordinal);
        }
        // sshd still has its socket, but the client accepts no more connections to the agent.
        var refused = await client.RunAsync("ssh-add -l");
        Assert.Equal((false, ""), (refused.Succeeded, refused.Stdout));
    }

    [Fact]
    public async Task AServerThatForwardsNoAgentIsAFailure()
    {
        await using var client = await ConnectAsync(SpecialHosts.WithoutForwarding(1));
        var failure = await Assert.ThrowsAsync<SshException>(() => client.ExecuteAsync("true", new() { AgentSocket = "/nowhere" }));
        Assert.Equal((SshFailure.RequestRefused, "the server refused agent forwarding"), (failure.Failure, failure.Message));
    }

    [Fact]
    public async Task ManyCommandsShareAConnection()
    {
        await using var client = await ConnectAsync(Host);
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => client.RunAsync(string.Create(CultureInfo.InvariantCulture, $"echo {i}; exit {i}"))));
        Assert.All(results.Index(), one => Assert.Equal((one.Index, $"{one.Index}\n"), (one.Item.ExitStatus.ExitCode!.Value, one.Item.Stdout)));
    }

    private static async Task<string> ReadUntilAsync(StreamReader reader, string text)
    {
        var read = new StringBuilder();
        var buffer = new char[256];
        while (!read.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await reader.ReadAsync(buffer).AsTask().WaitAsync(Transcript.DefaultLimit);
            Assert.True(count > 0, read.ToString());
            read.Append(buffer, 0, count);
        }
        return read.ToString();
    }
}
