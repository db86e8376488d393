using Volley.Cli.Tui.Nodes;
using Xunit;

namespace Volley.Cli.Tests.Tui;

/// <summary>Which nodes a list shows, and in which order.</summary>
public sealed class TuiFilterTests : IDisposable
{
    private readonly TuiScene _scene = new("web[1-5],db1");

    public TuiFilterTests()
    {
        _scene.Start(0, 1, 2);
        _scene.Print(0, "Disk Full\n");
        _scene.Exit(0, 3);
        _scene.Exit(1, 0);
        _scene.Finish(3, new NodeResult(NodeOutcome.ConnectTimedOut));
        _scene.Finish(4, new NodeResult(NodeOutcome.CommandTimedOut));
    }

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData("", "web1 web2 web3 web4 web5 db1")]
    [InlineData("state:failed", "web1 web4 web5")]
    [InlineData("state:unreachable", "web4")]
    [InlineData("state:timedout", "web5")]
    [InlineData("state:ok", "web2")]
    [InlineData("STATE:RUN", "web3")]
    [InlineData("state:queued", "db1")]
    [InlineData("state:done", "web1 web2 web4 web5")]
    [InlineData("state:no-such", "")]
    [InlineData("exit:3", "web1")]
    [InlineData("exit:0", "web2")]
    [InlineData("exit:255", "web4")]
    [InlineData("exit:124", "web5")]
    [InlineData("exit:x", "")]
    [InlineData("web[2-3]", "web2 web3")]
    [InlineData("web1,db1", "web1 db1")]
    [InlineData("web[", "")]
    [InlineData("disk", "web1")]
    [InlineData("WEB", "web1 web2 web3 web4 web5")]
    [InlineData("state:failed web[1-4]", "web1 web4")]
    [InlineData("full disk", "web1")]
    public void Matches(string filter, string nodes)
    {
        var parsed = NodeFilter.Parse(filter);
        Assert.Equal(nodes, string.Join(' ', _scene.State.Nodes.Where(parsed.Matches).Select(node => node.Target.Label)));
        Assert.Equal(filter is "state:no-such" or "exit:x", parsed.Error is not null);
    }

    [Fact]
    public void AFileIsNotReadWhileTyping()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "web1");
        Assert.DoesNotContain(_scene.State.Nodes, NodeFilter.Parse($"^{path},x").Matches);
        File.Delete(path);
    }

    [Theory]
    [InlineData(nameof(NodeColumn.Rank), "web1 web2 web3 web4 web5 db1")]
    [InlineData(nameof(NodeColumn.State), "web1 web4 web5 web3 db1 web2")]
    [InlineData(nameof(NodeColumn.Name), "db1 web1 web2 web3 web4 web5")]
    [InlineData(nameof(NodeColumn.Exit), "web4 web5 web1 web2 web3 db1")]
    [InlineData(nameof(NodeColumn.LastLine), "web2 web3 web4 web5 db1 web1")]
    public void SortsByAnyColumn(string column, string nodes)
    {
        var order = Enum.Parse<NodeColumn>(column);
        Assert.Equal(nodes, string.Join(' ', NodeOrder.Sort(_scene.State.Nodes, order, isReverse: false).Select(node => node.Target.Label)));
        Assert.Equal(
            string.Join(' ', nodes.Split(' ').Reverse()),
            string.Join(' ', NodeOrder.Sort(_scene.State.Nodes, order, isReverse: true).Select(node => node.Target.Label)));
    }

    [Fact]
    public void NumbersInNamesCountAsNumbers()
    {
        using var scene = new TuiScene("n10,n9,n1");
        Assert.Equal("n1 n9 n10", string.Join(' ', NodeOrder.Sort(scene.State.Nodes, NodeColumn.Name, isReverse: false).Select(node => node.Target.Label)));
    }
}
