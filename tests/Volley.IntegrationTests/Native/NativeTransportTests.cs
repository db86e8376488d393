using Volley.Ssh;
using Volley.Testing;

namespace Volley.IntegrationTests.Native;

/// <summary>The contract, by SSH in our own process and a real sshd: all of it holds.</summary>
public class NativeTransportTests(Fleet fleet) : TransportContract
{
    protected override bool HasAProcessForEachCommand => false;

    protected virtual SshSocketKind SocketKind => SshSocketKind.Default;

    protected override Task<ITransport> CreateAsync() =>
        Task.FromResult<ITransport>(new NativeTransport(new SshOptions { ConfigFile = fleet.SshConfig, SocketKind = SocketKind }));

    protected override Target TargetFor(int index) => new(Fleet.Address(20_000 + index));
}
