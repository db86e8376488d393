using System.ComponentModel;
using System.Net.Sockets;
using Volley.Transports.Processes;
using Xunit;

namespace Volley.Tests.Transports;

/// <summary>What there is no more of is named with its remedy, however it is reported.</summary>
public class ResourceLimitTests
{
    [Theory]
    [InlineData(24, "ulimit -n")]
    [InlineData(23, "fs.file-max")]
    [InlineData(12, "memory")]
    [InlineData(11, "ulimit -u")]
    [InlineData(2, null)]
    [InlineData(13, null)]
    public void AnErrorOfTheSystemHasItsRemedy(int error, string? remedy)
    {
        var failure = ResourceLimit.NotStarted("ssh", new ChildStartException(["ssh"], error));
        Assert.StartsWith("can't start ssh: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(remedy is null ? RetryAdvice.Never : RetryAdvice.Worthwhile, failure.Retry);
        Assert.Equal(remedy is null ? Remedy.None : Remedy.LowerConcurrency, failure.Remedy);
        if (remedy is not null)
            Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
        else
            Assert.Null(ResourceLimit.FindAdvice(new Win32Exception(error)));
    }

    [Fact]
    public void ACauseBehindAnotherFailureCounts()
    {
        Assert.Contains("ulimit -n", ResourceLimit.FindAdvice(new IOException("x", new SocketException((int)SocketError.TooManyOpenSockets))), StringComparison.Ordinal);
        Assert.Contains("ulimit -n", ResourceLimit.FindAdvice(new IOException("x", 24)), StringComparison.Ordinal);
        // Only a message with the advice takes the option that belongs to it.
        Assert.Equal(Remedy.None, ResourceLimit.GetRemedy(new IOException("x", 24)));
        Assert.Equal(Remedy.LowerConcurrency, ResourceLimit.GetRemedy(new IOException($"x; {ResourceLimit.FindAdvice(new IOException("y", 24))}", 24)));
        // A full disk is no limit of this process.
        Assert.Null(ResourceLimit.FindAdvice(new IOException("x", 28)));
    }
}
