using Volley.Testing;
using Xunit;

namespace Volley.SshTests;

/// <summary>Failures where the transport is chosen by target.</summary>
public class AutoFailureTests(Fleet fleet) : FailureContract(fleet, Auto), IClassFixture<Fleet>;

/// <summary>The configuration where the transport is chosen by target.</summary>
public class AutoConfigurationTests(Fleet fleet) : ConfigurationContract(fleet, Auto), IClassFixture<Fleet>;
