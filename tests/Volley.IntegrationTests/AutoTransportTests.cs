using Volley.Testing;
using Xunit;

namespace Volley.IntegrationTests;

/// <summary>Failures of whatever way serves the target: what came of one is not tried again by the other.</summary>
public class AutoFailureTests(Fleet fleet) : FailureContract(fleet, Auto);

/// <summary>Configurations, by whatever way serves the target.</summary>
public class AutoConfigurationTests(Fleet fleet) : ConfigurationContract(fleet, Auto), IClassFixture<Fleet>;

/// <summary>The contract, by whatever way serves the target, and a real sshd: all of it holds.</summary>
public class AutoTransportTests(Fleet fleet) : TransportContract
{
    protected override bool HasAProcessForEachCommand => false;

    protected override Task<ITransport> CreateAsync() =>
        Task.FromResult<ITransport>(new AutoTransport(new SshOptions { ConfigFile = fleet.SshConfig }));

    protected override Target TargetFor(int index) => new(Fleet.Address(24_000 + index));
}
