using Xunit;

namespace Volley.Ssh.Tests;

public class SmokeTests
{
    [Fact]
    public void Runs() => Assert.True(true);
}
