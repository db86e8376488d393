using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Volley.Relay.Jobs;
using Volley.Relay.Wire;
using Xunit;

namespace Volley.Relay.Tests.Jobs;

public class JobPolicyTests
{
    [Fact]
    public async Task AJobOfAnAllowedSignerIsAccepted()
    {
        await using var scene = await JobScene.CreateAsync();
        var accepted = scene.Accept(await scene.SignAsync());
        Assert.Equal(("ops@site", "uptime", "me@desk", 64), (accepted.Principal, accepted.Document.Title, accepted.Document.Controller, accepted.Hash.Length));
    }

    [Fact]
    public async Task AnyOtherSignatureIsRefused()
    {
        await using var scene = await JobScene.CreateAsync();
        var job = await scene.SignAsync();
        Assert.Contains("it is not signed", scene.Refuse(job with { Signature = null }), StringComparison.Ordinal);
        Assert.Contains("malformed", scene.Refuse(job with { Signature = "no signature" }), StringComparison.Ordinal);
        var changed = Encoding.UTF8.GetString(job.Document).Replace("uptime", "reboot", StringComparison.Ordinal);
        Assert.Contains("not that of an allowed signer", scene.Refuse(job with { Document = Encoding.UTF8.GetBytes(changed) }), StringComparison.Ordinal);
        using var other = await scene.CreateSignerAsync("other");
        var foreign = await other.SignAsync(job.Document, JobDocument.SignatureNamespace, TestContext.Current.CancellationToken);
        Assert.Contains(other.Fingerprint, scene.Refuse(job with { Signature = foreign.ToString() }), StringComparison.Ordinal);
        var purpose = await scene.Signer.SignAsync(job.Document, "file", TestContext.Current.CancellationToken);
        Assert.Contains("not that of an allowed signer", scene.Refuse(job with { Signature = purpose.ToString() }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARemovedSignerHasNoMoreJobs()
    {
        await using var scene = await JobScene.CreateAsync();
        var (job, policy) = (await scene.SignAsync(), scene.Policy);
        policy.Accept(job, JobScene.Run, 0, JobScene.Queue, JobScene.Now);
        var signers = await File.ReadAllTextAsync(scene.SignersFile, TestContext.Current.CancellationToken);
        // Of the same length, at the same time.
        var written = File.GetLastWriteTimeUtc(scene.SignersFile);
        await File.WriteAllTextAsync(scene.SignersFile, "#" + signers[1..], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(scene.SignersFile, written);
        Assert.Throws<RefusedException>(() => policy.Accept(job, JobScene.Run, 0, JobScene.Queue, JobScene.Now));
        await File.WriteAllTextAsync(scene.SignersFile, signers, TestContext.Current.CancellationToken);
        policy.Accept(job, JobScene.Run, 0, JobScene.Queue, JobScene.Now);
        File.Delete(scene.SignersFile);
        Assert.Contains("can't read its allowed signers", scene.Refuse(job), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASignerWhoseTimeIsOverIsRefused()
    {
        await using var scene = await JobScene.CreateAsync();
        var job = await scene.SignAsync();
        var key = await File.ReadAllTextAsync(scene.PathOf("key.pub"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(scene.SignersFile, $"ops@site valid-before=\"20260501Z\" {key}", TestContext.Current.CancellationToken);
        Assert.Contains("not that of an allowed signer", scene.Refuse(job), StringComparison.Ordinal);
        await File.WriteAllTextAsync(scene.SignersFile, $"ops@site namespaces=\"volley-job\",valid-before=\"20260502Z\" {key}", TestContext.Current.CancellationToken);
        scene.Accept(job);
    }

    [Theory]
    [InlineData("run999999999", 0, "group:db")]
    [InlineData("run123456789", 1, "group:db")]
    [InlineData("run123456789", 0, "group:web")]
    [InlineData("run123456789", 0, "all")]
    public async Task AJobOfAnotherRunRoundOrQueueIsRefused(string run, int round, string queue)
    {
        await using var scene = await JobScene.CreateAsync();
        var job = await scene.SignAsync();
        var refused = Assert.Throws<RefusedException>(() => scene.Policy.Accept(job, run, round, queue, JobScene.Now));
        Assert.Equal("it was signed for another run, round or group of relays", refused.Message);
    }

    [Theory]
    [InlineData(-5, true)]
    [InlineData(5, true)]
    [InlineData(35, true)]
    [InlineData(-11, false)]
    [InlineData(41, false)]
    [InlineData(60 * 24 * 365, false)]
    public async Task ClocksMayDiffer(int minutes, bool isAccepted)
    {
        await using var scene = await JobScene.CreateAsync();
        var (job, now) = (await scene.SignAsync(), JobScene.Now.AddMinutes(minutes));
        if (isAccepted)
            scene.Accept(job, now);
        else
            Assert.Contains(now.ToString("u", CultureInfo.InvariantCulture), scene.Refuse(job, now), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARenewedJobLivesLongerButNotForEver()
    {
        await using var scene = await JobScene.CreateAsync();
        var (document, _) = await JobScene.BuildAsync(JobScene.Round());
        var later = JobScene.Now.AddHours(5);
        var renewed = await JobBuilder.SignAsync(JobBuilder.Renew(document, later), scene.Signer, TestContext.Current.CancellationToken);
        Assert.Equal(JobScene.Now.ToUnixTimeSeconds(), scene.Accept(renewed, later).Document.Started);
        var old = JobScene.Now.AddDays(8);
        renewed = await JobBuilder.SignAsync(JobBuilder.Renew(document, old), scene.Signer, TestContext.Current.CancellationToken);
        Assert.Contains("too long ago", scene.Refuse(renewed, old), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherProtocolIsRefusedWithBothVersions()
    {
        await using var scene = await JobScene.CreateAsync();
        // Of another protocol, members may be missing or of another type.
        var job = await scene.SignAsync(Encoding.UTF8.GetBytes("""{"protocol":99,"version":"9.9","run":7}"""));
        Assert.Equal("its controller has volley 9.9 with protocol 99, but this relay has protocol 1; use the same version", scene.Refuse(job));
    }

    [Fact]
    public async Task LocalProcessesNeedARelayThatAllowsThem()
    {
        await using var scene = await JobScene.CreateAsync();
        var job = await scene.SignAsync(round: JobScene.Round(connections: new RelayConnectionSettings { Transport = "exec" }));
        Assert.Contains("--allow-exec", scene.Refuse(job), StringComparison.Ordinal);
        new JobPolicy(scene.SignersFile, allowsExec: true).Accept(job, JobScene.Run, 0, JobScene.Queue, JobScene.Now);
    }

    [Theory]
    [InlineData("run", "\"run 123\"", null)]
    [InlineData("protocol", "\"1\"", "malformed")]
    [InlineData("protocol", "1.5", "malformed")]
    [InlineData("protocol", "null", "malformed")]
    [InlineData("started", "99999999999999", "")]
    [InlineData("issued", "-99999999999999", "")]
    [InlineData("expires", "9223372036854775807", "")]
    [InlineData("expires", "99999999999", "contradict")]
    [InlineData("lease", "-1", "lease")]
    [InlineData("lease", "1e300", "lease")]
    [InlineData("lease", "\"NaN\"", "malformed")]
    [InlineData("title", "null", "null")]
    [InlineData("title", "7", "malformed")]
    [InlineData("pieces", "[]", "pieces")]
    [InlineData("pieces", "[null]", "pieces")]
    [InlineData("pieces", "[\"../../etc/passwd\"]", "pieces")]
    [InlineData("inputs", "[{\"command\":-1,\"length\":0,\"sha256\":\"\"}]", "inputs")]
    [InlineData("inputs", "[null]", "inputs")]
    [InlineData("job", "null", "malformed")]
    [InlineData("job", "[]", "malformed")]
    [InlineData("job", "{\"kind\":\"push\",\"commands\":[]}", "malformed")]
    [InlineData("limits", "null", "null")]
    [InlineData("limits", "{\"connectTimeout\":1e300,\"stopGrace\":1}", "malformed")]
    [InlineData("limits", "{\"commandTimeout\":-5,\"stopGrace\":1}", "malformed")]
    [InlineData("limits", "{\"stopGrace\":-1}", "malformed")]
    [InlineData("limits", "{\"stopGrace\":1,\"maxOutput\":-1}", "malformed")]
    [InlineData("limits", "{\"stopGrace\":1,\"okCodes\":\"x\"}", "malformed")]
    [InlineData("connections", "null", "null")]
    [InlineData("connections", "{\"transport\":\"telnet\"}", "transport")]
    [InlineData("connections", "{\"sshOptions\":[\"ProxyCommand=touch /tmp/x\"]}", "not one that a job may have")]
    [InlineData("connections", "{\"sshOptions\":[null]}", "malformed")]
    [InlineData("connections", "{\"user\":\"-oProxyCommand=x\"}", "no user that a relay takes")]
    [InlineData("connections", "{\"user\":\"\\u001b[31m\"}", "no user that a relay takes")]
    [InlineData("connections", "{\"port\":0}", "malformed")]
    [InlineData("connections", "{\"port\":65536}", "malformed")]
    [InlineData("connections", "{\"connectRetries\":2000000000}", "retries")]
    [InlineData("connections", "{\"closeGrace\":-1}", "malformed")]
    [InlineData("connections", "{\"elevation\":\"/tmp/sudo\"}", "sudo, doas or su")]
    [InlineData("connections", "{\"elevation\":\"sudo\",\"elevationUser\":\"-s\"}", "no user that a relay takes")]
    public async Task AHostileDocumentIsRefused(string member, string value, string? reason)
    {
        await using var scene = await JobScene.CreateAsync();
        var message = scene.Refuse(await scene.SignAsync(json =>
        {
            if (member == "connections" && JsonNode.Parse(value) is JsonObject members)
            {
                foreach (var (name, part) in members)
                    json[member]![name] = part?.DeepClone();
            }
            else
            {
                json[member] = JsonNode.Parse(value);
            }
        }));
        Assert.Contains(reason ?? "another run", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADocumentThatIsNotOfItsFormIsRefused()
    {
        await using var scene = await JobScene.CreateAsync();
        string[] documents =
        [
            "", "\0", "null", "7", "[]", "{}", "{\"protocol\":1}", new string('[', 100_000), "{\"protocol\":1,\"protocol\":1}",
            string.Concat(Enumerable.Repeat("{\"protocol\":", 5000)),
        ];
        foreach (var document in documents)
            Assert.Contains("malformed", scene.Refuse(await scene.SignAsync(Encoding.UTF8.GetBytes(document))), StringComparison.Ordinal);
        Assert.Equal("it has no document", scene.Refuse(new SignedJob(null!, null)));
        // The member twice: which of them was meant?
        var twice = Encoding.UTF8.GetString((await scene.SignAsync()).Document).Replace("\"title\":", "\"title\":\"harmless\",\"title\":", StringComparison.Ordinal);
        Assert.Contains("malformed", scene.Refuse(await scene.SignAsync(Encoding.UTF8.GetBytes(twice))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhateverIsChangedInADocumentIsAcceptedOrRefused()
    {
        await using var scene = await JobScene.CreateAsync();
        var bytes = (await scene.SignAsync()).Document;
        var policy = new JobPolicy(null, allowsExec: false);
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.OneOf(Gen.Byte, Gen.OneOf("\"{}[],:0-9\\"u8.ToArray())), Gen.Int[0, 3]).Sample((place, value, length) =>
        {
            byte[] changed = [.. bytes[..place], value, .. bytes[Math.Min(bytes.Length, place + length)..]];
            try
            {
                policy.Accept(new SignedJob(changed, null), JobScene.Run, 0, JobScene.Queue, JobScene.Now);
            }
            catch (RefusedException refused)
            {
                Assert.DoesNotContain(refused.Message, char.IsControl);
            }
        });
    }
}
