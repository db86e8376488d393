using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Cli.Output.Files;

/// <summary>
/// A set of files open for appending. At most <paramref name="limit"/> are open at once: to open another, it closes the least recently
/// written one.
/// </summary>
/// <param name="limit">The largest number of open files.</param>
/// <param name="openFile">Opens the file with a given number for appending.</param>
internal sealed class AppendFiles(int limit, Func<int, SafeFileHandle> openFile) : IDisposable
{
    private readonly Dictionary<int, LinkedListNode<(int Number, SafeFileHandle File)>> _open = [];

    // Ordered by last write, the most recent one last.
    private readonly LinkedList<(int Number, SafeFileHandle File)> _byUse = [];

    /// <summary>The number of open files.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Appends to a file, which is opened if necessary.</summary>
    /// <exception cref="IOException">The file can't be opened or written.</exception>
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

        Descriptor.WriteAll(node.Value.File, data);
    }

    /// <summary>Closes a file if it is open.</summary>
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
            catch (IOException failure) when (failure.HResult == Errno.TooManyFiles && _byUse.First is { } oldest)
            {
                Close(oldest.Value.Number);
            }
        }
    }
}
