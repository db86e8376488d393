using Volley;
using Xunit;

// Outside of Volley's namespaces: the one import is all that a first program needs.
namespace FirstRun;

/// <summary>The first program of a developer with the package.</summary>
public class FirstRunTests
{
    [Fact]
    public async Task OneImportIsEnough()
    {
        await using var transport = new ExecTransport((target, command) => ["env", $"TARGET={target.Host}", .. command.Arguments]);
        var executor = new ParallelExecutor(transport);
        var plan = new RunPlan(HostList.Parse("web[1-3]").ToTargets(), CommandJob.Shell("echo $TARGET"));
        var results = await executor.RunToEndAsync(plan, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["web1\n", "web2\n", "web3\n"], results.Select(result => result.Stdout));
        Assert.All(results, result => Assert.True(result.Succeeded));
    }
}
