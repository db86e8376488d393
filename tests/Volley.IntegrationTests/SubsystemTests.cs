using System.Text;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Subsystems of real servers, on every transport.</summary>
public sealed class SubsystemTests(SftpFleet servers) : IClassFixture<SftpFleet>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    // SSH_FXP_INIT of version 3, and the beginning of the answer after its length.
    private static readonly byte[] Init = [0, 0, 0, 5, 1, 0, 0, 0, 3];
    private static readonly byte[] Version = [2, 0, 0, 0, 3];

    private readonly Target _target = new(Fleet.Address(26_300));
    private readonly Fleet _fleet = servers.Fleet;

    public static TheoryData<string> Transports => ["native", "masters", "plain", "auto", "paced"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task SftpIsSpokenOverTheTransport(string name)
    {
        await using var transport = Create(name);
        await using var session = await transport.ConnectAsync(_target, Token);
        await session.WaitForTurnAsync(Token);
        await using var process = await session.OpenSubsystemAsync("sftp", Token);
        await CheckAsync(process);
        process.CloseInput();
        while (await process.ReadAsync(new byte[1024], Token) is { Count: > 0 })
        {
        }
        Assert.Equal(0, (await process.WaitForExitAsync(Token).AsTask().WaitAsync(Limit, Token)).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ASubsystemThatIsMissingIsNamed(string name)
    {
        await using var transport = Create(name);
        await using var session = await transport.ConnectAsync(_target, Token);
        var failure = await Assert.ThrowsAsync<TransportException>(async () =>
        {
            // Plain ssh learns of the refusal only after the start.
            await using var process = await session.OpenSubsystemAsync("none", Token);
            Assert.Equal(0, (await process.ReadAsync(new byte[1024], Token)).Count);
            await process.WaitForExitAsync(Token).AsTask().WaitAsync(Limit, Token);
        });
        Assert.Equal(NodeOutcome.ConnectFailed, failure.Outcome);
        Assert.StartsWith("the server refused the subsystem", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task TheServerEndsWithTheProcess(string name)
    {
        await using var transport = Create(name);
        await using var session = await transport.ConnectAsync(_target, Token);
        var process = await session.OpenSubsystemAsync("external", Token);
        await CheckAsync(process);
        Assert.NotEmpty(_fleet.RemoteProcesses(SftpFleet.Program));
        await process.DisposeAsync();
        Assert.Empty(await _fleet.RemoteProcessesAfterAsync(SftpFleet.Program, Limit));
    }

    [Fact]
    public async Task ALocalServerServesTheExecTransport()
    {
        await using var transport = new ExecTransport();
        await using var session = await transport.ConnectAsync(new Target("here"), Token);
        await using var process = await session.OpenSubsystemAsync("sftp", Token);
        await CheckAsync(process);
        var failure = await Assert.ThrowsAsync<TransportException>(() => session.OpenSubsystemAsync("none", Token).AsTask());
        Assert.Equal("there is no subsystem none without an SSH server", failure.Message);
    }

    [Fact]
    public async Task AProgramThatFindsNoServerSaysSo()
    {
        await using var transport = new ExecTransport((_, command) => ["env", "-i", "/bin/sh", "-c", command.Arguments[2].Replace("sftp-server", "sftp-serve", StringComparison.Ordinal)]);
        await using var session = await transport.ConnectAsync(new Target("here"), Token);
        await using var process = await session.OpenSubsystemAsync("sftp", Token);
        var buffer = new byte[1024];
        var read = await process.ReadAsync(buffer, Token);
        Assert.Equal(StreamKind.Stderr, read.Stream);
        Assert.Equal("sftp-serve is not installed\n", Encoding.UTF8.GetString(buffer, 0, read.Count));
        Assert.Equal(127, (await process.WaitForExitAsync(Token)).ExitCode);
    }

    private static async Task CheckAsync(IRemoteProcess process)
    {
        Assert.True(await process.WriteAsync(Init, Token));
        var buffer = new byte[4096];
        var count = 0;
        while (count < sizeof(int) + Version.Length)
        {
            var read = await process.ReadAsync(buffer.AsMemory(count), Token).AsTask().WaitAsync(Limit, Token);
            Assert.Equal(StreamKind.Stdout, read.Stream);
            Assert.NotEqual(0, read.Count);
            count += read.Count;
        }
        Assert.Equal(Version, buffer[sizeof(int)..(sizeof(int) + Version.Length)]);
    }

    private ITransport Create(string name)
    {
        var options = new SshOptions { ConfigFile = _fleet.SshConfig };
        return name switch
        {
            "native" => new NativeTransport(options),
            "masters" => new OpenSshTransport(options),
            "plain" => new OpenSshTransport(options with { Multiplex = false }),
            "paced" => new PacedTransport(new NativeTransport(options), 1),
            _ => new AutoTransport(options),
        };
    }
}
