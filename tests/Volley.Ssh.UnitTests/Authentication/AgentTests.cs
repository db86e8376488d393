using Microsoft.Extensions.Time.Testing;
using Volley.Ssh.Agent;
using Volley.Ssh.Keys;
using Volley.Ssh.UnitTests.Keys;
using Volley.Ssh.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Authentication;

/// <summary>The client of agents, on the real ssh-agent and on agents that misbehave.</summary>
public sealed class AgentTests : IAsyncLifetime
{
    private readonly KeyFolder _keys = new();
    private ProgramRun? _agent;

    private string Socket => Path.Combine(_keys.Folder, "agent");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_agent is not null)
            await _agent.DisposeAsync();
        _keys.Dispose();
    }

    [Fact]
    public async Task WhatTheAgentHoldsIsListedAndSigns()
    {
        await StartAgentAsync();
        string[] paths = [await _keys.GenerateAsync("-t", "ed25519"), await _keys.GenerateAsync("-t", "ecdsa", "-b", "384"), await _keys.GenerateAsync("-t", "rsa", "-b", "2048")];
        foreach (var path in paths)
            await AddAsync(path);
        using var client = new AgentClient(Socket);
        var keys = await client.GetKeysAsync();
        Assert.Equal(paths.Select(path => Convert.ToHexString(KeyFolder.PublicBlob(path + ".pub"))), keys.Select(key => Convert.ToHexString(key.PublicBlob.Span)));
        Assert.Equal(["ssh-ed25519", "ecdsa-sha2-nistp384", "ssh-rsa"], keys.Select(key => key.KeyType));
        Assert.Equal(["rsa-sha2-512", "rsa-sha2-256"], keys[2].SignatureAlgorithms);
        foreach (var key in keys)
        {
            foreach (var algorithm in key.SignatureAlgorithms)
            {
                Assert.Equal(algorithm, new SshReader(await key.SignAsync(algorithm, new byte[10], null, default), "it").ReadName());
                await _keys.AssertSignsAsync(key, algorithm);
            }
        }
    }

    [Fact]
    public async Task ACertificateThatTheAgentHoldsSigns()
    {
        await StartAgentAsync();
        string path = await _keys.GenerateAsync("-t", "rsa", "-b", "2048"), authority = await _keys.GenerateAsync("-t", "ed25519");
        await KeyFolder.RunAsync("ssh-keygen", ["-q", "-s", authority, "-I", "id", "-n", "me", path + ".pub"]);
        await AddAsync(path);
        using var client = new AgentClient(Socket);
        var certificate = (await client.GetKeysAsync()).Single(key => key.KeyType == "ssh-rsa-cert-v01@openssh.com");
        Assert.Equal(["rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com"], certificate.SignatureAlgorithms);
        var signature = await certificate.SignAsync("rsa-sha2-256-cert-v01@openssh.com", new byte[10], null, default);
        using var key = PublicKey.Parse(KeyFolder.PublicBlob(path + ".pub"));
        Assert.True(key.Verify("rsa-sha2-256", new byte[10], signature));
    }

    [Fact]
    public async Task AKeyThatTheAgentHasForgottenIsRefusedAndTheOthersSign()
    {
        await StartAgentAsync();
        string one = await _keys.GenerateAsync("-t", "ed25519"), other = await _keys.GenerateAsync("-t", "ed25519");
        await AddAsync(one);
        await AddAsync(other);
        using var client = new AgentClient(Socket);
        var keys = await client.GetKeysAsync();
        await KeyFolder.RunAsync("env", [$"SSH_AUTH_SOCK={Socket}", "ssh-add", "-q", "-d", one]);
        Assert.StartsWith("the agent does not sign by ", await RefusalAsync(keys[0]), StringComparison.Ordinal);
        await _keys.AssertSignsAsync(keys[1]);
        Assert.Null(client.UnavailableReason);
    }

    [Fact]
    public async Task NoAgentIsNoKeys()
    {
        using var client = new AgentClient(Socket);
        Assert.Empty(await client.GetKeysAsync());
        Assert.StartsWith($"the agent at {Socket} can't be reached", client.UnavailableReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASocketWhosePathIsTooLongIsNoKeys()
    {
        using var client = new AgentClient("/" + new string('x', 200));
        Assert.Empty(await client.GetKeysAsync());
        Assert.Contains("can't be reached", client.UnavailableReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAgentThatHangsIsGivenUpAfterTheLimitAndAskedNoMore()
    {
        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var agent = new ScriptedAgent(_ =>
        {
            isAsked.TrySetResult();
            return Task.FromResult<byte[]?>(null);
        });
        var time = new FakeTimeProvider();
        using var client = new AgentClient(agent.Path, TimeSpan.FromSeconds(7), time);
        var listing = client.GetKeysAsync();
        await isAsked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(listing.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.Empty(await listing);
        Assert.Equal($"the agent at {agent.Path} has not answered for 7 s", client.UnavailableReason);
    }

    [Fact]
    public async Task AnAgentThatHangsWhileItSignsHoldsNobodyTwice()
    {
        var asked = 0;
        var areAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var agent = new ScriptedAgent(async question =>
        {
            if (question[0] == AgentMessage.RequestIdentities)
                return await ListAsync();
            if (Interlocked.Increment(ref asked) == 4)
                areAsked.TrySetResult();
            return null;
        });
        var time = new FakeTimeProvider();
        using var client = new AgentClient(agent.Path, time: time);
        var key = (await client.GetKeysAsync())[0];
        var signing = Enumerable.Range(0, 64).Select(_ => RefusalAsync(key)).ToList();
        await areAsked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(5));
        await Task.WhenAll(signing).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.All(signing, refusal => Assert.Contains("has not answered for 5 s", refusal.Result, StringComparison.Ordinal));
        // The others found that it was abandoned.
        Assert.Equal(4, asked);
    }

    [Fact]
    public async Task AWaitForTheAgentEndsAtOnceWithItsToken()
    {
        using var agent = new ScriptedAgent(async question => question[0] == AgentMessage.RequestIdentities ? await ListAsync() : null);
        using var client = new AgentClient(agent.Path, Timeout.InfiniteTimeSpan);
        var key = (await client.GetKeysAsync())[0];
        using var cancel = new CancellationTokenSource();
        var signing = key.SignAsync("ssh-ed25519", new byte[10], null, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => signing.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Null(client.UnavailableReason);
    }

    [Fact]
    public async Task FewQuestionsAreUnderWayAtOnceAndConnectionsAreUsedAgain()
    {
        int now = 0, most = 0;
        var areFour = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var path = await _keys.GenerateAsync("-t", "ed25519");
        using var own = KeyFolder.Open(path);
        using var agent = new ScriptedAgent(async question =>
        {
            if (question[0] == AgentMessage.RequestIdentities)
                return Identities(own.PublicBlob.ToArray());
            var atOnce = Interlocked.Increment(ref now);
            InterlockedMax(ref most, atOnce);
            // Four come at once, or none would be answered.
            if (atOnce == 4)
                areFour.TrySetResult();
            await areFour.Task;
            Interlocked.Decrement(ref now);
            return ScriptedAgent.Framed([AgentMessage.SignResponse, .. KeyFolder.Field(await own.SignAsync("ssh-ed25519", new byte[10], null, default))]);
        });
        using var client = new AgentClient(agent.Path);
        var key = (await client.GetKeysAsync())[0];
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => key.SignAsync("ssh-ed25519", new byte[10], null, default).AsTask())).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(4, most);
        Assert.InRange(agent.Connections, 1, 4);
    }

    [Fact]
    public async Task AnAgentThatClosesIdleConnectionsIsReachedAgain()
    {
        var answers = 0;
        var path = await _keys.GenerateAsync("-t", "ed25519");
        using var own = KeyFolder.Open(path);
        using var agent = new ScriptedAgent(async question => question[0] == AgentMessage.RequestIdentities
            ? Identities(own.PublicBlob.ToArray())
            : Interlocked.Increment(ref answers) % 2 == 1
                ? []
                : ScriptedAgent.Framed([AgentMessage.SignResponse, .. KeyFolder.Field(await own.SignAsync("ssh-ed25519", new byte[10], null, default))]));
        using var client = new AgentClient(agent.Path);
        var key = (await client.GetKeysAsync())[0];
        Assert.NotEmpty(await key.SignAsync("ssh-ed25519", new byte[10], null, default));
        Assert.Null(client.UnavailableReason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000")]
    [InlineData("7fffffff00")]
    [InlineData("000000010c")]
    [InlineData("000000050cffffffff")]
    [InlineData("000000090c00000001ffffffff")]
    [InlineData("0000000d0c000000010000000000000000")]
    public async Task WhateverAnAgentAnswersItHasNoKeysThen(string answer)
    {
        using var agent = new ScriptedAgent(_ => Task.FromResult<byte[]?>(Convert.FromHexString(answer)));
        using var client = new AgentClient(agent.Path);
        Assert.Empty(await client.GetKeysAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.NotNull(client.UnavailableReason);
    }

    [Fact]
    public async Task ASignatureOfAnotherAlgorithmIsNone()
    {
        using var agent = new ScriptedAgent(async question => question[0] == AgentMessage.RequestIdentities
            ? await ListAsync()
            : ScriptedAgent.Framed([AgentMessage.SignResponse, .. KeyFolder.Field([.. KeyFolder.Field("ssh-rsa"), .. KeyFolder.Field("x")])]));
        using var client = new AgentClient(agent.Path);
        Assert.Contains("does not sign by", await RefusalAsync((await client.GetKeysAsync())[0]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0000000105")]
    [InlineData("000000011c")]
    [InlineData("")]
    public async Task AnAgentThatKnowsNoSessionsRefusesAndIsKept(string answer)
    {
        var session = new SessionProof(new byte[] { 1 }, new byte[] { 2 }, new byte[] { 3 });
        var numbers = new List<byte>();
        using var agent = new ScriptedAgent(async question =>
        {
            if (question[0] == AgentMessage.RequestIdentities)
                return await ListAsync();
            numbers.Add(question[0]);
            return question[0] == AgentMessage.Extension ? Convert.FromHexString(answer) : ScriptedAgent.Framed([AgentMessage.Failure]);
        });
        using var client = new AgentClient(agent.Path);
        var key = (await client.GetKeysAsync())[0];
        var refusal = await Assert.ThrowsAsync<SshException>(async () => await key.SignAsync("ssh-ed25519", new byte[10], session, default));
        Assert.Contains("does not sign by", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([AgentMessage.SignRequest, AgentMessage.Extension], numbers);
        Assert.Null(client.UnavailableReason);
    }

    private static void InterlockedMax(ref int place, int value)
    {
        for (var seen = Volatile.Read(ref place); seen < value;)
        {
            var before = Interlocked.CompareExchange(ref place, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    private static byte[] Identities(byte[] blob) =>
        ScriptedAgent.Framed([AgentMessage.IdentitiesAnswer, .. Wire.UInt32(1), .. KeyFolder.Field(blob), .. KeyFolder.Field("a key")]);

    private async Task<byte[]> ListAsync() => Identities(KeyFolder.PublicBlob(await _keys.GenerateAsync("-t", "ed25519") + ".pub"));

    private static async Task<string> RefusalAsync(UserKey key)
    {
        var refusal = await Assert.ThrowsAsync<SshException>(async () => await key.SignAsync(key.SignatureAlgorithms[0], new byte[10], null, default));
        Assert.Equal(SshFailure.AuthenticationFailed, refusal.Failure);
        return refusal.Message;
    }

    private async Task StartAgentAsync() => _agent = await KeyFolder.StartAgentAsync(Socket);

    private async Task AddAsync(string path) => await KeyFolder.AddToAgentAsync(Socket, path);
}
