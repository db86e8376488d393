using Volley.Ssh;
using Volley.Testing;

namespace Volley.IntegrationTests.OpenSsh;

/// <summary>The contract, by control masters and a real sshd: no command has a process of its own here, and all of the contract holds.</summary>
public class OpenSshTransportTests(Fleet fleet) : TransportContract
{
    protected override bool HasAProcessForEachCommand => false;

    protected virtual SshSocketKind SocketKind => SshSocketKind.Default;

    protected override Task<ITransport> CreateAsync() =>
        Task.FromResult<ITransport>(new OpenSshTransport(new SshOptions { ConfigFile = fleet.SshConfig, SocketKind = SocketKind }));

    protected override Target TargetFor(int index) => new(Fleet.Address(2_000 + index));
}
