using System.Collections.Concurrent;
using Volley.Ssh.UnitTests.Config;
using Xunit;

namespace Volley.Ssh.UnitTests.Client;

/// <summary>Who decides on the key of a host: the configuration, the policy of the options, or the application.</summary>
public sealed class HostKeyDecisionTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ConfigFolder _folder = new();
    private readonly List<SshClientContext> _contexts = [];

    public void Dispose()
    {
        _contexts.ForEach(context => context.Dispose());
        _folder.Dispose();
    }

    [Theory]
    [InlineData("StrictHostKeyChecking accept-new", SshHostKeyPolicy.Strict, false)]
    [InlineData("StrictHostKeyChecking accept-new", SshHostKeyPolicy.Ask, false)]
    [InlineData("StrictHostKeyChecking yes", SshHostKeyPolicy.AcceptNew, true)]
    [InlineData("StrictHostKeyChecking yes", SshHostKeyPolicy.AcceptAny, true)]
    [InlineData("", SshHostKeyPolicy.AcceptNew, true)]
    [InlineData("StrictHostKeyChecking yes", null, false)]
    [InlineData("", null, false)]
    public async Task ThePolicyPrecedesTheConfiguration(string line, SshHostKeyPolicy? policy, bool isAccepted)
    {
        using var server = new ScriptedServer();
        var connecting = SshClient.ConnectAsync("127.0.0.1", Options(server, line) with { HostKeyPolicy = policy });
        if (isAccepted)
            await (await connecting).DisposeAsync();
        else
            Assert.Equal(SshFailure.HostKeyRejected, (await Assert.ThrowsAsync<SshException>(() => connecting)).Failure);
    }

    [Fact]
    public async Task TheApplicationIsAskedInPlaceOfTheConfiguration()
    {
        using var server = new ScriptedServer();
        var prompts = new List<SshHostKeyPrompt>();
        var decision = SshHostKeyDecision.Reject;
        var options = Options(server, "StrictHostKeyChecking accept-new") with
        {
            HostKeyCallback = (prompt, _) =>
            {
                prompts.Add(prompt);
                return new(decision);
            },
        };
        var rejected = await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync("127.0.0.1", options));
        Assert.Equal((SshFailure.HostKeyRejected, false), (rejected.Failure, rejected.IsAuthenticating));
        var prompt = Assert.Single(prompts);
        Assert.Equal(("127.0.0.1", server.Port, "ssh-ed25519", SshHostKeyStatus.Unknown), (prompt.Host, prompt.Port, prompt.KeyType, prompt.Status));
        Assert.Equal([Known], prompt.Files);
        Assert.Matches("^SHA256:[A-Za-z0-9+/]{43}$", prompt.Fingerprint);
        Assert.Contains(prompt.Fingerprint, rejected.Message, StringComparison.Ordinal);

        foreach (var (next, expected) in new[]
        {
            (SshHostKeyDecision.AcceptOnce, SshHostKeyStatus.Unknown), (SshHostKeyDecision.AcceptAndRecord, SshHostKeyStatus.Unknown),
            (SshHostKeyDecision.AcceptOnce, SshHostKeyStatus.Known),
        })
        {
            decision = next;
            await using var client = await SshClient.ConnectAsync("127.0.0.1", options);
            Assert.Equal((expected, prompt.Fingerprint), (prompts[^1].Status, prompts[^1].Fingerprint));
        }

        Assert.Empty(prompts[^1].Files);
        Assert.Single(await File.ReadAllLinesAsync(Known));
        // Also a known key may be rejected; and an unknown decision rejects.
        foreach (var no in new[] { SshHostKeyDecision.Reject, (SshHostKeyDecision)7 })
        {
            decision = no;
            Assert.Equal(SshFailure.HostKeyRejected, (await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync("127.0.0.1", options))).Failure);
        }
    }

    [Fact]
    public async Task ACallbackThatFailsRejectsTheKey()
    {
        using var server = new ScriptedServer();
        var failures = new Exception[] { new InvalidOperationException("no vault"), new OperationCanceledException("another token") };
        foreach (var cause in failures)
        {
            var options = Options(server, "") with { HostKeyCallback = (_, _) => throw cause };
            var failure = await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync("127.0.0.1", options));
            Assert.Equal(SshFailure.HostKeyRejected, failure.Failure);
            Assert.Contains($"was not accepted: the application's callback failed: {cause.GetType().Name}: {cause.Message}", failure.Message, StringComparison.Ordinal);
            Assert.Contains(cause, Causes(failure));
        }

        var undefined = Options(server, "") with { HostKeyCallback = (_, _) => new((SshHostKeyDecision)7) };
        Assert.Contains(
            "the application's callback returned 7, which is no SshHostKeyDecision",
            (await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync("127.0.0.1", undefined))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Known));

        static IEnumerable<Exception> Causes(Exception failure)
        {
            for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
                yield return cause;
        }
    }

    [Fact]
    public async Task AFiredTokenIsACancellation()
    {
        using var server = new ScriptedServer();
        var fired = new CancellationToken(canceled: true);
        var failure = await Assert.ThrowsAsync<OperationCanceledException>(() => SshClient.ConnectAsync("127.0.0.1", Options(server, ""), fired));
        Assert.Equal(fired, failure.CancellationToken);
    }

    [Fact]
    public async Task AChangedKeyIsSaidToBeOneAndNeverRecorded()
    {
        using var server = new ScriptedServer();
        using var other = new ScriptedServer();
        await (await SshClient.ConnectAsync("127.0.0.1", Options(other, "StrictHostKeyChecking accept-new"))).DisposeAsync();
        var line = (await File.ReadAllTextAsync(Known)).Replace($":{other.Port}", $":{server.Port}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Known, line);
        SshHostKeyPrompt? seen = null;
        var options = Options(server, "StrictHostKeyChecking no") with
        {
            HostKeyCallback = (prompt, _) =>
            {
                seen = prompt;
                return new(SshHostKeyDecision.AcceptAndRecord);
            },
        };
        await using var client = await SshClient.ConnectAsync("127.0.0.1", options);
        Assert.Equal(SshHostKeyStatus.Changed, seen!.Status);
        Assert.Empty(seen.Files);
        Assert.Equal(line, await File.ReadAllTextAsync(Known));
    }

    [Fact]
    public async Task ARevokedKeyIsRejectedWithoutAQuestion()
    {
        using var server = new ScriptedServer();
        await (await SshClient.ConnectAsync("127.0.0.1", Options(server, "StrictHostKeyChecking accept-new"))).DisposeAsync();
        await File.WriteAllTextAsync(Known, "@revoked " + await File.ReadAllTextAsync(Known));
        var options = Options(server) with { HostKeyCallback = (_, _) => throw new InvalidOperationException("asked") };
        Assert.Equal(SshFailure.HostKeyRejected, (await Assert.ThrowsAsync<SshException>(() => SshClient.ConnectAsync("127.0.0.1", options))).Failure);
    }

    [Fact]
    public async Task QuestionsAboutOneHostDoNotOverlapAndSeeWhatWasRecorded()
    {
        using var server = new ScriptedServer();
        var statuses = new ConcurrentQueue<SshHostKeyStatus>();
        var asking = 0;
        var options = Options(server) with
        {
            HostKeyCallback = async (prompt, token) =>
            {
                Assert.Equal(1, Interlocked.Increment(ref asking));
                statuses.Enqueue(prompt.Status);
                await Task.Yield();
                Interlocked.Decrement(ref asking);
                return SshHostKeyDecision.AcceptAndRecord;
            },
        };
        var clients = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SshClient.ConnectAsync("127.0.0.1", options)));
        foreach (var client in clients)
            await client.DisposeAsync();
        Assert.Equal([SshHostKeyStatus.Unknown, .. Enumerable.Repeat(SshHostKeyStatus.Known, 5)], statuses);
    }

    [Fact]
    public async Task AnApplicationThatBlocksDelaysNoOtherConnection()
    {
        using var server = new ScriptedServer();
        using var other = new ScriptedServer();
        using var isBlocked = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var observer = new BlockingObserver(isBlocked, goOn);
        foreach (var options in new[]
        {
            Options(server) with
            {
                HostKeyCallback = (_, _) =>
                {
                    isBlocked.Set();
                    Assert.True(goOn.Wait(Limit, CancellationToken.None));
                    return new(SshHostKeyDecision.AcceptOnce);
                },
            },
            Options(server, "StrictHostKeyChecking accept-new") with { Observer = observer },
        })
        {
            isBlocked.Reset();
            goOn.Reset();
            var blocked = SshClient.ConnectAsync("127.0.0.1", options with { ConnectTimeout = Limit });
            Assert.True(await Task.Run(() => isBlocked.Wait(Limit)));
            await using (await SshClient.ConnectAsync("127.0.0.1", Options(other, "StrictHostKeyChecking accept-new")).WaitAsync(Limit))
                Assert.False(blocked.IsCompleted);
            goOn.Set();
            await (await blocked).DisposeAsync();
        }
    }

    [Fact]
    public async Task OptionsThatContradictEachOtherAreRefused()
    {
        var options = new SshClientOptions { HostKeyPolicy = SshHostKeyPolicy.Strict, HostKeyCallback = (_, _) => new(SshHostKeyDecision.AcceptOnce) };
        await Assert.ThrowsAsync<ArgumentException>("HostKeyCallback", () => SshClient.ConnectAsync("127.0.0.1", options));
    }

    [Fact]
    public async Task ADisposedContextConnectsNoClient()
    {
        using var server = new ScriptedServer();
        var options = Options(server);
        options.Context!.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => SshClient.ConnectAsync("127.0.0.1", options));
        Assert.Throws<ObjectDisposedException>(() => options.Context.GetSettings("127.0.0.1"));
        Assert.Equal(0, server.Connections);
    }

    private string Known => $"{_folder.Home}/known";

    private SshClientOptions Options(ScriptedServer server, string line = "")
    {
        var file = _folder.Write(
            $"config{Guid.NewGuid():N}",
            $"{line}\nPort {server.Port}\nUser me\nIdentityFile none\nIdentityAgent none\nUserKnownHostsFile {Known}\nGlobalKnownHostsFile none\n");
        var context = new SshClientContext(file);
        _contexts.Add(context);
        return new() { Context = context };
    }

    private sealed class BlockingObserver(ManualResetEventSlim isBlocked, ManualResetEventSlim goOn) : SshClientObserver
    {
        public override ValueTask OnLoginAsync(SshHostSettings settings, IEnumerable<string> keyNames, CancellationToken cancellationToken)
        {
            isBlocked.Set();
            Assert.True(goOn.Wait(Limit, CancellationToken.None));
            return default;
        }
    }
}
