using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Makes one of the transports over SSH.</summary>
/// <param name="options">How it connects.</param>
public delegate ITransport TransportMaker(SshOptions options);

/// <summary>What all transports over SSH have in common, whatever carries them.</summary>
/// <param name="create">Makes the transport.</param>
public abstract class SshContract(TransportMaker create)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    protected static ITransport Native(SshOptions options) => new NativeTransport(options);

    protected static ITransport Masters(SshOptions options) => new OpenSshTransport(options);

    protected static ITransport PlainSsh(SshOptions options) => new OpenSshTransport(options with { Multiplex = false });

    /// <summary>On a machine without ssh: for what these contracts are about, none is needed.</summary>
    protected static ITransport Auto(SshOptions options) => new AutoTransport(options.WithoutSsh());

    /// <summary>Runs a command at one target.</summary>
    protected async Task<NodeRun> RunAsync(
        SshOptions options, Target target, string line, RunControl? control = null, Action? onOutput = null, Func<RunPlan, RunPlan>? tune = null)
    {
        await using var transport = create(options);
        var plan = new RunPlan([target], CommandJob.Shell(line));
        var nodes = await NodeRun.AllAsync(transport, tune?.Invoke(plan) ?? plan, control, onOutput)
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        return nodes[0];
    }
}
