using Volley.Transports.OpenSsh.Log;
using Xunit;

namespace Volley.Tests.Transports;

/// <summary>What ssh's log says about a host's key, as OpenSSH 7.4 to 10 print it.</summary>
public class HostKeyMessagesTests
{
    [Theory]
    [InlineData("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", true, null, false)]
    [InlineData("@       WARNING: REVOKED HOST KEY DETECTED!               @", true, null, false)]
    [InlineData("Warning: Permanently added '[127.0.0.1]:2222' (ED25519) to the list of known hosts.", false, "ED25519", false)]
    [InlineData("Warning: Permanently added 'web1,10.1.2.3' (ED25519-SK) to the list of known hosts.\r", false, "ED25519-SK", false)]
    [InlineData("Failed to add the host to the list of known hosts (/home/me/.ssh/known_hosts).", false, null, true)]
    [InlineData("Received disconnect from 10.1.2.3 port 22:2: Warning: Permanently added 'x' (RSA) to the list of known hosts.", false, null, false)]
    [InlineData("Authenticated to web1 ([10.1.2.3]:22) using \"publickey\".", false, null, false)]
    public void ALineIsReadForWhatItIs(string line, bool isAnother, string? recorded, bool isNotRecorded) =>
        Assert.Equal(new HostKeyMessages(isAnother, recorded, isNotRecorded), HostKeyMessages.Parse(["x", line, "y"]));
}
