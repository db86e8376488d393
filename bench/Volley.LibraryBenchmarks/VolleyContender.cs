using System.Text;

namespace Volley.LibraryBenchmarks;

/// <summary>Volley: the executor with the native transport, which shares one connection among the targets of a host.</summary>
internal sealed class VolleyContender(Setup setup) : IContender
{
    private NativeTransport? _open;

    public async Task ConnectToAllAsync()
    {
        await using var transport = Open();
        await RunAsync(transport, Setup.Hosts, Setup.HostsAtOnce);
    }

    public Task RunCommandsAsync() =>
        RunAsync(_open ??= Open(), Enumerable.Repeat(Setup.OneHost, Setup.CommandCount), Setup.CommandsAtOnce);

    public ValueTask DisposeAsync() => _open?.DisposeAsync() ?? ValueTask.CompletedTask;

    private NativeTransport Open() => new(new SshOptions { ConfigFile = setup.ConfigFile });

    private static async Task RunAsync(NativeTransport transport, IEnumerable<string> hosts, int atOnce)
    {
        var plan = new RunPlan(hosts.Select(host => new Target(host)), CommandJob.Shell(Setup.Command))
        {
            MaxConcurrency = atOnce,
            // A busy machine may need longer than the default.
            ConnectTimeout = TimeSpan.FromMinutes(1),
        };
        var outputs = new string[plan.Targets.Length];
        await foreach (var nodeEvent in new ParallelExecutor(transport).RunAsync(plan))
        {
            if (nodeEvent is NodeOutput output)
                outputs[output.Target.Index] += Encoding.UTF8.GetString(output.Data.Span);
            else if (nodeEvent is NodeFinished finished)
                Setup.Check(finished.Result.ExitCode, outputs[finished.Target.Index] ?? finished.Result.Cause);
        }
    }
}
