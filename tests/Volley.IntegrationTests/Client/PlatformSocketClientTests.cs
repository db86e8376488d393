using Volley.Ssh;
using Volley.Testing;

namespace Volley.IntegrationTests.Client;

/// <summary>The client over the platform's sockets.</summary>
public class SshClientPlatformSocketTests(Fleet fleet) : SshClientTests(fleet)
{
    protected override int First => 26_050;

    protected override SshSocketKind SocketKind => SshSocketKind.Platform;
}

/// <summary>Remote processes over the platform's sockets.</summary>
public class SshProcessPlatformSocketTests(Fleet fleet) : SshProcessTests(fleet)
{
    protected override SshSocketKind SocketKind => SshSocketKind.Platform;
}

/// <summary>Forwards over the platform's sockets.</summary>
public class SshForwardPlatformSocketTests(Fleet fleet) : SshForwardTests(fleet)
{
    protected override SshSocketKind SocketKind => SshSocketKind.Platform;
}
