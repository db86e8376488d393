using PublicApiGenerator;
using Volley.Testing;
using Xunit;

namespace Volley.Tests;

public class PublicApiTests
{
    [Fact]
    public void ThePublicApiIsTheOneThatWasAccepted()
    {
        var folder = Path.Combine(Repository.Root, "tests", "Volley.Tests");
        var (accepted, received) = (Path.Combine(folder, "PublicApi.txt"), Path.Combine(folder, "PublicApi.received.txt"));
        var api = typeof(ParallelExecutor).Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
            .ReplaceLineEndings("\n").TrimEnd() + "\n";
        File.Delete(received);
        if (File.Exists(accepted) && File.ReadAllText(accepted) == api)
            return;
        File.WriteAllText(received, api);
        Assert.Fail("the public API has changed; if it is meant to, accept it with: mv tests/Volley.Tests/PublicApi.received.txt tests/Volley.Tests/PublicApi.txt");
    }
}
