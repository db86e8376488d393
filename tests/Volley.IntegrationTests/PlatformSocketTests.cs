using Volley.IntegrationTests.Native;
using Volley.IntegrationTests.OpenSsh;
using Volley.Ssh;
using Volley.Testing;

namespace Volley.IntegrationTests;

/// <summary>The contract, by SSH in our own process over the platform's sockets.</summary>
public class NativePlatformSocketTests(Fleet fleet) : NativeTransportTests(fleet)
{
    protected override SshSocketKind SocketKind => SshSocketKind.Platform;
}

/// <summary>The contract, by control masters over the platform's sockets.</summary>
public class OpenSshPlatformSocketTests(Fleet fleet) : OpenSshTransportTests(fleet)
{
    protected override SshSocketKind SocketKind => SshSocketKind.Platform;
}

/// <summary>Failures, by SSH in our own process over the platform's sockets.</summary>
public class NativePlatformSocketFailureTests(Fleet fleet)
    : FailureContract(fleet, options => Native(options with { SocketKind = SshSocketKind.Platform }));
