using Xunit;

namespace Volley.Ssh.UnitTests.Config;

public class OracleTests
{
    public static TheoryData<string> Names => [.. OracleCases.All.Select(asked => asked.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ReadsAsSshDoes(string name)
    {
        var asked = OracleCases.All.Single(asked => asked.Name == name);
        Assert.Null(await OracleComparison.DifferenceAsync(asked));
    }
}
