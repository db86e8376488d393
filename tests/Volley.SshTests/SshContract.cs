using Volley.Targets;
using Volley.Testing;
using Volley.Transports;
using Volley.Transports.Native;
using Volley.Transports.OpenSsh;
using Xunit;

namespace Volley.SshTests;

/// <summary>Makes one of the transports over SSH.</summary>
/// <param name="options">How it connects.</param>
public delegate Task<ITransport> TransportMaker(ContractOptions options);

/// <summary>What all transports over SSH have in common, whatever carries them.</summary>
/// <param name="create">Makes the transport.</param>
public abstract class SshContract(TransportMaker create)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    protected static Task<ITransport> NativeAsync(ContractOptions options) => Task.FromResult<ITransport>(new NativeTransport(options.ForNative()));

    protected static async Task<ITransport> MastersAsync(ContractOptions options) => new OpenSshTransport(options.ForOpenSsh(multiplex: true));

    protected static async Task<ITransport> PlainSshAsync(ContractOptions options) => new OpenSshTransport(options.ForOpenSsh(multiplex: false));

    /// <summary>Runs a command at one target.</summary>
    protected async Task<NodeRun> RunAsync(
        ContractOptions options, Target target, string line, RunControl? control = null, Action? onOutput = null, Func<RunPlan, RunPlan>? tune = null)
    {
        await using var transport = await create(options);
        var plan = new RunPlan([target], new CommandJob([line]));
        var nodes = await NodeRun.AllAsync(transport, tune?.Invoke(plan) ?? plan, control, onOutput)
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        return nodes[0];
    }
}
