using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>Debian's pdsh and dshbak beside ours, on the same command lines. The lines stand in parity.txt, by sections.</summary>
public class PdshParityTests
{
    public static TheoryData<string> Sections => [.. ParityRun.Cases("parity.txt").Select(section => section.Key)];

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task BothDoTheSame(string section)
    {
        Assert.SkipWhen(ParityRun.Missing is not null, ParityRun.Missing ?? "");
        var wrong = await ParityRun.CompareAsync(ParityRun.Cases("parity.txt")[section], (theirs, ours) => theirs != ours);
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    [Fact]
    public async Task EveryDifferenceThatIsDocumentedIsOne()
    {
        Assert.SkipWhen(ParityRun.Missing is not null, ParityRun.Missing ?? "");
        var differences = ParityRun.Differences();
        Assert.True(differences.Count > 30, "docs/pdsh.md has lost its tables");
        var wrong = await ParityRun.CompareAsync(differences, (theirs, ours) => theirs == ours);
        Assert.True(wrong.Count == 0, "these do not differ any more; move them to parity.txt:\n" + string.Join("\n\n", wrong));
    }

    [Fact]
    public void NoDifferenceIsAlsoClaimedToBeTheSame() =>
        Assert.Empty(ParityRun.Differences().Intersect(ParityRun.Cases("parity.txt").SelectMany(section => section)));

    [Fact]
    public void ThereAreCasesEnough()
    {
        Assert.True(ParityRun.Cases("parity.txt").Sum(section => section.Count()) >= 150);
        Assert.True(ParityRun.Cases("parity-ssh.txt").Sum(section => section.Count()) >= 30);
        Assert.True(ParityRun.Cases("parity-copy.txt").Sum(section => section.Count()) >= 45);
    }
}
