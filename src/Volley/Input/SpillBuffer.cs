using Volley.Interop;

namespace Volley.Input;

/// <summary>
/// A byte buffer that is appended to and read back. Beyond a limit it stores the bytes in a temporary file. The file is unlinked as
/// soon as it is created, so a crash leaves nothing behind.
/// </summary>
/// <param name="memoryLimit">The number of bytes to keep in memory.</param>
internal sealed class SpillBuffer(int memoryLimit = SpillBuffer.DefaultMemoryLimit) : IDisposable
{
    /// <summary>The default memory limit: 1 MiB.</summary>
    public const int DefaultMemoryLimit = 1024 * 1024;

    private byte[] _memory = [];
    private int _inMemory;
    private FileStream? _file;

    /// <summary>The number of bytes in the buffer.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="IOException">The temporary file can't be written.</exception>
    public void Append(ReadOnlySpan<byte> data)
    {
        var fits = _file is null ? Math.Min(data.Length, memoryLimit - _inMemory) : 0;
        // The file first: if the disk is full, nothing is appended.
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

    /// <summary>Reads from a position, up to the size of the buffer. May return fewer bytes than there are: read until it returns 0.</summary>
    /// <returns>The number of bytes read; 0 at the end.</returns>
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
            // .NET reports EFBIG, a user's file size limit (ulimit -f), as this exception.
            throw new IOException($"temporary file: {SystemMessage.Of(tooLarge)}", tooLarge);
        }
        catch (IOException full)
        {
            throw new IOException($"temporary file in {Path.GetTempPath()}: {SystemMessage.Of(full)}", full);
        }
    }

    /// <summary>Removes all bytes, and closes the temporary file.</summary>
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
