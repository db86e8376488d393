using Microsoft.Win32.SafeHandles;
using Volley.Cli.Files;

namespace Volley.Cli.Rendering;

/// <summary>Any number of files that are appended to, of which only so many are open: the one that was not written longest is closed for another.</summary>
/// <param name="limit">How many are open at most.</param>
/// <param name="openFile">Opens a file by its number, to append to.</param>
internal sealed class AppendFiles(int limit, Func<int, SafeFileHandle> openFile) : IDisposable
{
    private const int TooManyOpen = 24; // EMFILE

    private readonly Dictionary<int, LinkedListNode<(int Number, SafeFileHandle File)>> _open = [];

    // The one that was written last is the last.
    private readonly LinkedList<(int Number, SafeFileHandle File)> _byUse = [];

    /// <summary>How many are open.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Appends to a file, which is made if it is not there.</summary>
    /// <exception cref="IOException">It takes no more, or may not be written.</exception>
    public void Append(int number, ReadOnlySpan<byte> data)
    {
        if (!_open.TryGetValue(number, out var node))
        {
            _open[number] = node = new((number, Open(number)));
            _byUse.AddLast(node);
        }
        else if (node != _byUse.Last)
        {
            _byUse.Remove(node);
            _byUse.AddLast(node);
        }

        FileCalls.Write(node.Value.File, data);
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

    private SafeFileHandle Open(int number)
    {
        if (_open.Count >= limit)
            Close(_byUse.First!.Value.Number);
        while (true)
        {
            try
            {
                return openFile(number);
            }
            catch (IOException failure) when (failure.HResult == TooManyOpen && _byUse.First is { } oldest)
            {
                Close(oldest.Value.Number);
            }
        }
    }
}
