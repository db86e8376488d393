using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using Volley.Relay.Server;
using Volley.Relay.Tests.Controller;
using Volley.Relay.Tests.Jobs;
using Volley.Relay.Tests.Worker;
using Volley.Relay.Wire;
using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests;

/// <summary>The commands and the configuration of docs/guides/relays-deployment.md, with the real server.</summary>
public class DeploymentTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheRolesOfThePageRunTargetsAndAreSeparate()
    {
        await using var scene = await JobScene.CreateAsync();
        string[] blocks = [.. (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/guides/relays-deployment.md"), Token)).Split("\n```\n").Where((_, i) => i % 2 == 1)];
        var made = await ProgramRun.RunAsync(new ProgramStart("sh", "-ec", blocks[0]) { WorkingDirectory = scene.Root }, Limit);
        Assert.True(made.ExitCode == 0, made.ToString());
        var port = FreePort();
        await File.WriteAllTextAsync(scene.PathOf("nats.conf"), blocks[1]
            .Replace("0.0.0.0:4222", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), StringComparison.Ordinal)
            .Replace("/etc/nats", scene.Root, StringComparison.Ordinal).Replace("/var/lib/nats", scene.PathOf("store"), StringComparison.Ordinal), Token);
        await using var nats = ProgramRun.Start(new ProgramStart("/usr/sbin/nats-server", "-c", scene.PathOf("nats.conf")));
        await nats.ReadErrUntilAsync("Server is ready", Limit);
        RelayServerOptions As(string user, string password) => new()
        {
            Urls = [string.Create(CultureInfo.InvariantCulture, $"tls://127.0.0.1:{port}")],
            CaFile = scene.PathOf("ca.crt"),
            User = user,
            Password = password,
        };

        await using var controller = await RelayServer.ConnectAsync(As("controller", "PASSWORD-OF-CONTROLLERS"), NullLogger.Instance, Token);
        var relayServer = await RelayServer.ConnectAsync(As("relay", "PASSWORD-OF-RELAYS"), NullLogger.Instance, Token);
        await Assert.ThrowsAsync<RelayException>(() => RelayServer.ConnectAsync(As("relay", "guessed"), NullLogger.Instance, Token));
        await using var relay = await TestRelay.StartAsync(relayServer, ControllerScene.Exec(), options => options with
        {
            Group = "web",
            IsInsecure = false,
            AllowsExec = true,
            AllowedSignersFile = scene.SignersFile,
        });
        await using (var executor = await RelayExecutor.OpenAsync(controller, ControllerScene.Options() with { Signer = scene.Signer }, NullLogger.Instance, cancellationToken: Token))
        {
            // Of this size, the object store controls its flow, which needs a permission of its own.
            var job = CommandJob.Shell("wc -c") with { Input = StandardInput.FromStream(new MemoryStream(new byte[3_000_000])) };
            var run = await ControllerScene.RunAsync(executor, ControllerScene.Plan(20, job));
            Assert.All(run.Results, result => Assert.True(result.Succeeded, result.Message));
            Assert.Equal("3000000", run.Text(19).Trim());
        }

        await controller.EnsureRunAsync("other", 1024 * 1024, Token);
        await Task.WhenAll(
        [
            // A controller takes no targets and is no relay.
            RefusedAsync(() => controller.OpenQueueAsync(RelayQueues.ForGroup("web"), Token)),
            RefusedAsync(() => WriteAsync(controller, RelayNames.RelaysBucket, "forged")),
            RefusedAsync(() => controller.JetStream.DeleteStreamAsync(RelayNames.WorkStream, Token).AsTask()),
            // A relay adds no work, changes no job, and deletes nothing.
            RefusedAsync(() => relayServer.JetStream.PublishAsync(RelayNames.WorkSubject("all"), "{}", cancellationToken: Token).AsTask()),
            RefusedAsync(() => relayServer.JetStream.DeleteStreamAsync(RelayNames.RunStream("other"), Token).AsTask()),
            .. new[] { RelayNames.JobKey(0, "all"), RelayNames.PieceKey(0, "all", 0), RelayNames.ControllerKey, RelayNames.EntryKey }
                .Select(key => RefusedAsync(() => WriteAsync(relayServer, RelayNames.RunBucket("other"), key))),
        ]);
        await controller.DeleteRunAsync("other", Token);
    }

    private static Task<ulong> WriteAsync(RelayServer server, string bucket, string key) =>
        new Bucket(server.JetStream, bucket).PutAsync(key, "{}"u8.ToArray(), Token).AsTask();

    /// <summary>The server does not answer what it refuses, and says so on the connection.</summary>
    private static async Task RefusedAsync(Func<Task> act) => Assert.IsAssignableFrom<NatsException>(await Record.ExceptionAsync(act));

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
