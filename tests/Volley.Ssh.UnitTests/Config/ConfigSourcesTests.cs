using Volley.Ssh.Config.Resolving;
using Xunit;

namespace Volley.Ssh.UnitTests.Config;

public sealed class ConfigSourcesTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryFileThatIsReadIsStamped()
    {
        var included = _folder.Write("included", "Port 1\n");
        var other = _folder.Write("z.conf", "Port 2\n");
        var file = _folder.Write("config", $"Host bar\nInclude {included}\nHost *\nInclude {Path.GetDirectoryName(other)}/*.conf\n");
        Assert.Equal([file, included, other], Load(file).Files.Select(stamp => stamp.Split(' ')[0]));
    }

    [Fact]
    public void AChangeOfAnIncludedFileChangesItsStamp()
    {
        var included = _folder.Write("included", "Port 1\n");
        var file = _folder.Write("config", $"Include {included}\n");
        var before = Load(file).Files;
        Assert.Equal(before, Load(file).Files);
        var time = File.GetLastWriteTimeUtc(included);
        File.WriteAllText(included, "Port 2\n");
        File.SetLastWriteTimeUtc(included, time);
        Assert.NotEqual(before, Load(file).Files);
    }

    [Fact]
    public void VariablesAreFoundWhereverTheyAreNamed()
    {
        var included = _folder.Write("included", "ProxyCommand nc -x $PROXY_1 ${PROXY_2}:$3 %h $ $-\n");
        var file = _folder.Write("config", $"IdentityFile ~/${{KEY}}\nInclude {included}\n");
        Assert.Equal(["3", "KEY", "PROXY_1", "PROXY_2"], Load(file).Variables);
    }

    [Theory]
    [InlineData("Match exec \"exit 0\"", true)]
    [InlineData("Match host foo exec \"exit 0\"", true)]
    [InlineData("Match nosuchcriterion x", true)]
    [InlineData("CanonicalizeHostname yes", true)]
    [InlineData("Match host bar exec \"exit 0\"", false)]
    [InlineData("Match host foo", false)]
    [InlineData("ProxyCommand nc %h %p", false)]
    public void ConditionsThatOnlySshCanJudgeAreKnown(string line, bool expected)
    {
        var file = _folder.Write("config", line + "\n");
        Assert.Equal(expected, SshConfig.Load(_folder.Files with { OnlyFile = file }).Resolve("foo").HasUnknownConditions);
    }

    private SshConfigSources Load(string file) => SshConfig.Load(_folder.Files with { OnlyFile = file }).Sources;
}
