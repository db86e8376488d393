namespace Volley.Cli.Rendering;

/// <summary>Any number of files that are appended to, of which only so many are open: the one that was not written longest is closed for another.</summary>
/// <param name="limit">How many are open at most.</param>
/// <param name="pathOf">The path of a file by its number.</param>
internal sealed class AppendFiles(int limit, Func<int, string> pathOf) : IDisposable
{
    private const int TooManyOpen = 24; // EMFILE

    private readonly Dictionary<int, LinkedListNode<(int Number, FileStream File)>> _open = [];

    // The one that was written last is the last.
    private readonly LinkedList<(int Number, FileStream File)> _byUse = [];

    /// <summary>How many are open.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Appends to a file, which is made if it is not there.</summary>
    /// <exception cref="IOException">It takes no more.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Append(int number, ReadOnlySpan<byte> data)
    {
        if (!_open.TryGetValue(number, out var node))
        {
            _open[number] = node = new((number, Open(pathOf(number))));
            _byUse.AddLast(node);
        }
        else if (node != _byUse.Last)
        {
            _byUse.Remove(node);
            _byUse.AddLast(node);
        }

        node.Value.File.Write(data);
    }

    /// <summary>Closes a file, if it is open.</summary>
    public void Close(int number)
    {
        if (!_open.Remove(number, out var node))
            return;
        _byUse.Remove(node);
        node.Value.File.Dispose();
    }

    public void Dispose()
    {
        while (_byUse.First is { } node)
            Close(node.Value.Number);
    }

    private FileStream Open(string path)
    {
        if (_open.Count >= limit)
            Close(_byUse.First!.Value.Number);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            }
            catch (IOException failure) when (failure.HResult == TooManyOpen && _byUse.First is { } oldest)
            {
                Close(oldest.Value.Number);
            }
        }
    }
}
