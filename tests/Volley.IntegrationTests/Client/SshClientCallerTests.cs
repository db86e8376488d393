using System.Text;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests.Client;

/// <summary>The client in a program: keys in memory, questions about host keys, and callers that block.</summary>
public class SshClientCallerTests(Fleet fleet) : ClientScene(fleet)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task AKeyInMemoryLogsInAlsoAtJumpHosts()
    {
        string host = Fleet.Address(26_100), gate = Fleet.Address(26_101);
        var options = Options($"Host {host}\nProxyJump {gate}\nHost *\nIdentityAgent none", key: "none");
        await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync(host, options));
        var text = await File.ReadAllTextAsync(Fleet.KeyPath);
        using var key = SshPrivateKey.Parse(text);
        Assert.StartsWith("SHA256:", key.Fingerprint, StringComparison.Ordinal);
        await using var client = await SshClient.ConnectAsync(host, options with { PrivateKeys = [key] });
        Assert.Equal("in\n", (await client.RunAsync("echo in")).Stdout);
        key.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => SshClient.ConnectAsync(host, options with { PrivateKeys = [key] }));
    }

    [Fact]
    public async Task AnEncryptedKeyInMemoryNeedsItsPassphrase()
    {
        var text = await File.ReadAllTextAsync(await Fleet.NewEncryptedKeyAsync("secret"));
        Assert.Equal(SshFailure.UnusableKey, Assert.Throws<SshException>(() => SshPrivateKey.Parse(text)).Failure);
        Assert.Equal("the passphrase of the private key is wrong", Assert.Throws<SshException>(() => SshPrivateKey.Parse(text, "another")).Message);
        using var key = SshPrivateKey.Parse(text, "secret");
        Assert.Equal("ssh-ed25519", key.KeyType);
    }

    [Fact]
    public async Task TheKeysOfJumpHostsAreAskedAboutToo()
    {
        string host = Fleet.Address(26_110), gate = Fleet.Address(26_111);
        var known = Fleet.NewPath("known");
        var asked = new List<(string, SshHostKeyStatus)>();
        var options = Options($"Host {host}\nProxyJump {gate}\nHost *", known) with
        {
            HostKeyCallback = (prompt, _) =>
            {
                asked.Add((prompt.Host, prompt.Status));
                return new(SshHostKeyDecision.AcceptAndRecord);
            },
        };
        await using var client = await SshClient.ConnectAsync(host, options);
        Assert.Equal([(gate, SshHostKeyStatus.Unknown), (host, SshHostKeyStatus.Unknown)], asked);
        Assert.Equal(2, (await File.ReadAllLinesAsync(known)).Length);
    }

    [Fact]
    public async Task ACallerThatBlocksDelaysNoOtherConnection()
    {
        using var isBlocked = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var options = Options();
        var blocking = BlockAsync();
        Assert.True(await Task.Run(() => isBlocked.Wait(Limit)));
        await using (var other = await SshClient.ConnectAsync(Fleet.Address(26_121), options).WaitAsync(Limit))
            Assert.Equal("in\n", (await other.RunAsync("echo in").WaitAsync(Limit)).Stdout);
        goOn.Set();
        await blocking;

        async Task BlockAsync()
        {
            await using var client = await SshClient.ConnectAsync(Fleet.Address(26_120), options).ConfigureAwait(false);
            isBlocked.Set();
            Assert.True(goOn.Wait(Limit));
        }
    }

    [Fact]
    public async Task AThreadWithAContextOfItsOwnCanWait()
    {
        var options = Options();
        var result = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            // Nothing that is posted to it ever runs, as on the thread of a window that waits.
            SynchronizationContext.SetSynchronizationContext(new BusyContext());
            try
            {
                var client = Wait(SshClient.ConnectAsync(Fleet.Address(26_130), options));
                var text = Wait(client.RunAsync("cat; echo in", new() { Input = Encoding.UTF8.GetBytes("some ") })).Stdout;
                Assert.True(client.DisposeAsync().AsTask().Wait(Limit));
                result.SetResult(text);
            }
#pragma warning disable CA1031 // Reported by the test.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                result.SetException(failure);
            }
        })
        { IsBackground = true }.Start();
        Assert.Equal("some in\n", await result.Task.WaitAsync(Limit));

        static T Wait<T>(Task<T> task) => task.Wait(Limit) ? task.GetAwaiter().GetResult() : throw new TimeoutException();
    }

    private sealed class BusyContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();
    }
}
