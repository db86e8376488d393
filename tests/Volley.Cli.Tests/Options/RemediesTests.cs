using Xunit;

namespace Volley.Cli.Tests.Options;

public class RemediesTests
{
    private static readonly Target Db = new("db");

    public static TheoryData<Remedy> All => [.. Enum.GetValues<Remedy>().Where(remedy => remedy != Remedy.None)];

    [Theory]
    [MemberData(nameof(All))]
    public void EachRemedyEndsTheMessageWithAnOption(Remedy remedy)
    {
        var complete = Remedies.Complete(new NodeFinished(Db, new NodeResult(NodeOutcome.ConnectFailed) { Message = "no way", Remedy = remedy }));
        var message = Assert.IsType<NodeFinished>(complete).Result.Message;
        Assert.Matches("^no way[;,]? .*--[a-z]+", message);
        var failure = new TransportException(NodeOutcome.ConnectFailed, "no way") { Remedy = remedy };
        Assert.Equal(message, Remedies.GetMessage(failure));
        Assert.Equal(message, $"no way{Remedies.GetOption(failure)}");
    }

    [Fact]
    public void OtherMessagesAreComplete()
    {
        NodeEvent finished = new NodeFinished(Db, new NodeResult(NodeOutcome.ConnectFailed) { Message = "no way" });
        Assert.Same(finished, Remedies.Complete(finished));
        Assert.Equal("no file", Remedies.GetMessage(new IOException("no file")));
        Assert.Equal("", Remedies.GetOption(new IOException("no file")));
    }

    [Fact]
    public void AHostListThatExcludesNamesTheOptionForIt()
    {
        var failure = Assert.Throws<HostListException>(() => HostList.Parse("-web1"));
        Assert.Equal("an item must not begin with '-'; exclude hosts with -x/--exclude", Remedies.GetMessage(failure));
    }
}
