using Volley.Testing;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>The contract, by an ssh for each command and a real sshd. A plain ssh passes no signals, tells no signals, and waits for held streams.</summary>
public class OpenSshPlainTransportTests(Fleet fleet) : TransportContract
{
    protected override bool CanSignal => false;

    protected override bool NamesSignals => false;

    protected override bool SeesTheEndBehindHeldStreams => false;

    protected override Task<ITransport> CreateAsync() =>
        Task.FromResult<ITransport>(new OpenSshTransport(new SshOptions { ConfigFile = fleet.SshConfig, Multiplex = false }));

    protected override Target TargetFor(int index) => new(Fleet.Address(2_100 + index));
}
