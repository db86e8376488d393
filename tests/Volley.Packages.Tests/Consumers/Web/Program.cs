using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Volley;

[assembly: SupportedOSPlatform("linux")]

// One executor serves all requests; a client that goes away stops its own run.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddSingleton<ITransport>(services => new NativeTransport(
    new SshOptions { ConfigFile = builder.Configuration["SshConfig"] }, services.GetRequiredService<ILogger<NativeTransport>>()));
builder.Services.AddSingleton(services => new ParallelExecutor(services.GetRequiredService<ITransport>()));
var app = builder.Build();
app.MapGet("/run", (string hosts, string command, ParallelExecutor executor, CancellationToken cancellationToken) =>
    TypedResults.ServerSentEvents(RunAsync(hosts, command, executor, cancellationToken)));
app.Run();

static async IAsyncEnumerable<SseItem<string>> RunAsync(
    string hosts, string command, ParallelExecutor executor, [EnumeratorCancellation] CancellationToken cancellationToken)
{
    var plan = new RunPlan(HostList.Parse(hosts).ToTargets(), CommandJob.Shell(command));
    await foreach (var nodeEvent in executor.RunLinesAsync(plan).WithCancellation(cancellationToken))
    {
        if (nodeEvent is NodeLine line)
            yield return new($"{line.Target.Label}: {line.Text}", "line");
        else if (nodeEvent is NodeFinished finished)
            yield return new($"{finished.Target.Label}: {finished.Result.Cause}", "finished");
    }
}
