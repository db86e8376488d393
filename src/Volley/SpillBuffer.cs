using Volley.Ssh.Files;

namespace Volley;

/// <summary>
/// Bytes that are appended and read back: in memory up to a limit, beyond it in a temporary file that only this process
/// can see. The file is unlinked as soon as it is made, so nothing is left of it, also after a crash.
/// </summary>
/// <param name="memoryLimit">How many bytes are kept in memory.</param>
public sealed class SpillBuffer(int memoryLimit = SpillBuffer.DefaultMemoryLimit) : IDisposable
{
    /// <summary>The usual limit: 1 MiB.</summary>
    public const int DefaultMemoryLimit = 1024 * 1024;

    private byte[] _memory = [];
    private int _inMemory;
    private FileStream? _file;

    /// <summary>How many bytes it holds.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="IOException">The temporary file can't be written.</exception>
    public void Append(ReadOnlySpan<byte> data)
    {
        var fits = _file is null ? Math.Min(data.Length, memoryLimit - _inMemory) : 0;
        // The file first: where the disk is full, nothing has been appended.
        if (fits < data.Length)
        {
            _file ??= UnlinkedFile.Create();
            Write(_file, data[fits..], Length - _inMemory);
        }

        if (fits > 0)
        {
            if (_memory.Length < _inMemory + fits)
                Array.Resize(ref _memory, Math.Min(memoryLimit, Math.Max(_inMemory + fits, Math.Max(256, _memory.Length * 2))));
            data[..fits].CopyTo(_memory.AsSpan(_inMemory));
            _inMemory += fits;
        }

        Length += data.Length;
    }

    /// <summary>Reads from a place in it: as many bytes as there are, up to the size of the buffer.</summary>
    /// <returns>How many bytes were read; 0 at the end.</returns>
    /// <exception cref="IOException">The temporary file can't be read.</exception>
    public int Read(long position, Span<byte> buffer)
    {
        if (position < _inMemory)
        {
            var part = _memory.AsSpan((int)position, (int)Math.Min(buffer.Length, _inMemory - position));
            part.CopyTo(buffer);
            return part.Length;
        }

        return _file is null ? 0 : RandomAccess.Read(_file.SafeFileHandle, buffer, position - _inMemory);
    }

    private static void Write(FileStream file, ReadOnlySpan<byte> data, long position)
    {
        try
        {
            RandomAccess.Write(file.SafeFileHandle, data, position);
        }
        catch (ArgumentOutOfRangeException tooLarge)
        {
            // What .NET makes of EFBIG, a limit of the user (ulimit -f).
            throw new IOException($"temporary file: {SystemMessage.Of(tooLarge)}", tooLarge);
        }
        catch (IOException full)
        {
            throw new IOException($"temporary file in {Path.GetTempPath()}: {SystemMessage.Of(full)}", full);
        }
    }

    /// <summary>Forgets all that it holds, and the file with it.</summary>
    public void Clear()
    {
        _file?.Dispose();
        _file = null;
        _inMemory = 0;
        Length = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        _memory = [];
    }
}
