namespace Volley.Cli.Tui.Nodes;

/// <summary>What the program had to say during a run. The oldest goes when there is too much.</summary>
internal sealed class MessageLog
{
    /// <summary>How many messages are kept.</summary>
    public const int Most = 100_000;

    private readonly Queue<string> _messages = new();

    public int Count => _messages.Count;

    public void Add(string message)
    {
        _messages.Enqueue(message);
        if (_messages.Count > Most)
            _messages.Dequeue();
    }

    public IEnumerable<string> From(int index, int count) => _messages.Skip(index).Take(count);
}
