using System.Globalization;
using Volley.Testing;
using Xunit;

namespace Volley.Tests.Transports;

/// <summary>Alone, because there is one loop for all.</summary>
[CollectionDefinition(nameof(DescriptorLoopTests), DisableParallelization = true)]
[Collection(nameof(DescriptorLoopTests))]
public class DescriptorLoopTests
{
    [Fact]
    public async Task APipeThatHungUpBeforeItWasReadCostsNoTime()
    {
        // epoll reported the hang-up over and over, and a core was busy for as long as nobody read.
        await using var transport = new ExecTransport();
        await using var session = await transport.ConnectAsync(new Target("h"), TestContext.Current.CancellationToken);
        await using var process = await session.StartAsync(CommandJob.Shell("true"), TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).AsTask().Within();

        var before = LoopTicks();
        Assert.Equal(0, (await ProgramRun.RunAsync(ProgramStart.Shell("sleep 0.2"))).ExitCode);
        // In hundredths of a second; a loop that spins uses up all 20.
        Assert.InRange(LoopTicks() - before, 0, 7);
    }

    private static long LoopTicks()
    {
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            var stat = File.ReadAllText(Path.Combine(task, "stat"));
            if (!stat.Contains("(descriptor loo", StringComparison.Ordinal))
                continue;
            // proc(5): utime and stime are fields 14 and 15; the state behind the name is field 3.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }

        throw new InvalidOperationException("no thread of that name");
    }
}
