using System.Collections.Immutable;
using Volley.Cli.Options;
using Xunit;

namespace Volley.Cli.Tests.Options;

public class MainRankLookupTests
{
    private static readonly ImmutableArray<Target> Targets = HostList.Parse("a@web1:22,web2,web2,DB:2222").ToTargets();

    [Theory]
    [InlineData("web1", 0)]
    [InlineData("a@web1:22", 0)]
    [InlineData("web2", 1)]
    [InlineData("web2#2", 2)]
    [InlineData("DB:2222", 3)]
    [InlineData("dB", 3)]
    [InlineData("web", null)]
    [InlineData("", null)]
    public void ATargetIsFoundByLabelNameOrHost(string name, int? index) => Assert.Equal(index, MainRankLookup.Find(Targets, name));

    [Theory]
    [InlineData("main", "web2", 1)]
    [InlineData("MAIN", "db", 3)]
    [InlineData("Main", "elsewhere", 0)]
    [InlineData("main", "", 0)]
    [InlineData("main", null, 0)]
    [InlineData("sub", "web2", 0)]
    [InlineData(null, "web2", 0)]
    public void TheEnvironmentNamesItForTheMainRoleOnly(string? role, string? host, int index) =>
        Assert.Equal(index, MainRankLookup.FromEnvironment(Targets, name => name switch
        {
            "BACKENDAI_CLUSTER_ROLE" => role,
            "BACKENDAI_CLUSTER_HOST" => host,
            _ => null,
        }));
}
