namespace Volley.Cli.Tui.Nodes;

/// <summary>The program's messages of a run. When it is full, it drops the oldest message.</summary>
internal sealed class MessageLog
{
    /// <summary>The largest number of messages kept.</summary>
    public const int MaxMessages = 100_000;

    private readonly Queue<string> _messages = new();

    public int Count => _messages.Count;

    public void Add(string message)
    {
        _messages.Enqueue(message);
        if (_messages.Count > MaxMessages)
            _messages.Dequeue();
    }

    public IEnumerable<string> From(int index, int count) => _messages.Skip(index).Take(count);
}
