using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Volley.Relay.Jobs;
using Volley.Relay.Wire;
using Volley.Ssh;
using Volley.Testing;
using Xunit;

namespace Volley.Relay.Tests.Jobs;

/// <summary>A controller with a signing key of ssh-keygen, and a relay that allows it.</summary>
internal sealed class JobScene : IAsyncDisposable
{
    public const string Run = "run123456789";
    public const string Queue = "group:db";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("volley-jobs-");

    private JobScene()
    {
    }

    public static DateTimeOffset Now { get; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public string Root => _directory.FullName;

    public string SignersFile => Path.Combine(Root, "allowed_signers");

    public SshSigner Signer { get; private set; } = null!;

    public JobPolicy Policy => new(SignersFile, allowsExec: false);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<JobScene> CreateAsync()
    {
        var scene = new JobScene();
        scene.Signer = await scene.CreateSignerAsync("key");
        await File.WriteAllTextAsync(scene.SignersFile, $"ops@site {await File.ReadAllTextAsync(scene.PathOf("key.pub"), Token)}", Token);
        return scene;
    }

    public static JobRound Round(Job? job = null, Func<RunPlan, RunPlan>? change = null, RelayConnectionSettings? connections = null)
    {
        var plan = new RunPlan(HostList.Parse("db[1-3]").ToTargets(), job ?? CommandJob.Shell("uptime"));
        return new JobRound
        {
            Run = Run,
            Number = 0,
            Plan = change?.Invoke(plan) ?? plan,
            Connections = connections ?? new RelayConnectionSettings(),
            Controller = "me@desk",
            Title = "uptime",
            Version = "1.2.3",
            Lease = TimeSpan.FromSeconds(60),
        };
    }

    public static async Task<(JobDocument Document, byte[] Piece)> BuildAsync(JobRound round)
    {
        var builder = new JobBuilder(round, Queue, round.Plan.Targets);
        byte[] piece = [];
        await builder.WritePiecesAsync((_, bytes) =>
        {
            piece = bytes;
            return ValueTask.CompletedTask;
        });
        return (builder.CreateDocument(Now), piece);
    }

    public string PathOf(string name) => Path.Combine(Root, name);

    public async Task<SshSigner> CreateSignerAsync(string name)
    {
        var made = await ProgramRun.RunAsync(new ProgramStart("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", PathOf(name)), TimeSpan.FromSeconds(60));
        Assert.True(made.ExitCode == 0, made.ToString());
        return await SshSigner.OpenAsync(PathOf(name), cancellationToken: Token);
    }

    /// <summary>Builds and signs a job.</summary>
    /// <param name="change">Changes the document before it is signed.</param>
    public async Task<SignedJob> SignAsync(Action<JsonObject>? change = null, JobRound? round = null)
    {
        var (document, _) = await BuildAsync(round ?? Round());
        var json = JsonSerializer.SerializeToNode(document, WireJson.Default.JobDocument)!.AsObject();
        change?.Invoke(json);
        return await SignAsync(Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    public async Task<SignedJob> SignAsync(byte[] document) =>
        new(document, (await Signer.SignAsync(document, JobDocument.SignatureNamespace, Token)).ToString());

    public AcceptedJob Accept(SignedJob job, DateTimeOffset? now = null) => Policy.Accept(job, Run, 0, Queue, now ?? Now);

    public string Refuse(SignedJob job, DateTimeOffset? now = null)
    {
        var message = Assert.Throws<RefusedException>(() => Accept(job, now)).Message;
        Assert.DoesNotContain(message, char.IsControl);
        return message;
    }

    public ValueTask DisposeAsync()
    {
        Signer?.Dispose();
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
