using System.ComponentModel;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Waiting;

namespace Volley.Transports.Processes;

/// <summary>This process's end of a pipe. It is non-blocking, and watched by the <see cref="DescriptorLoop"/>.</summary>
internal sealed class PipeEnd : IDisposable
{
    private readonly SafeFileHandle _descriptor;
    private readonly ulong _key;
    private readonly uint _interest;
    private readonly Lock _lock = new();
    private bool _closed;

    [SupportedOSPlatform("linux")]
    private PipeEnd(SafeFileHandle descriptor, AsyncSignal ready, uint interest)
    {
        _descriptor = descriptor;
        _interest = interest;
        Descriptor.SetNonBlocking(descriptor);
        _key = DescriptorLoop.Add(descriptor, ready);
    }

    /// <summary>Whether the stream has ended, or this end was closed.</summary>
    public bool Ended { get; private set; }

    /// <summary>Creates a pipe to read from.</summary>
    /// <exception cref="Win32Exception">There can be no more pipes.</exception>
    /// <param name="ready">The signal that is set when data is available, after <see cref="Arm"/>.</param>
    /// <param name="theirs">The end to write to, for a child.</param>
    [SupportedOSPlatform("linux")]
    public static PipeEnd ForReading(AsyncSignal ready, out SafeFileHandle theirs)
    {
        var (reading, writing) = Descriptor.CreatePipe();
        theirs = writing;
        return Open(reading, writing, ready, Epoll.In);
    }

    /// <summary>Creates a pipe to write to.</summary>
    /// <exception cref="Win32Exception">There can be no more pipes.</exception>
    /// <param name="ready">The signal that is set when there is room, after <see cref="Arm"/>.</param>
    /// <param name="theirs">The end to read from, for a child.</param>
    [SupportedOSPlatform("linux")]
    public static PipeEnd ForWriting(AsyncSignal ready, out SafeFileHandle theirs)
    {
        var (reading, writing) = Descriptor.CreatePipe();
        theirs = reading;
        return Open(writing, reading, ready, Epoll.Out);
    }

    /// <summary>Reads available data.</summary>
    /// <returns>The number of bytes; 0 if none is available or the stream has ended, see <see cref="Ended"/>.</returns>
    public int TryRead(Span<byte> buffer)
    {
        if (Ended)
            return 0;
        var count = Descriptor.Read(_descriptor, buffer);
        Ended = count == 0 || (count < 0 && count != -Errno.TryAgain);
        return Math.Max(count, 0);
    }

    /// <summary>Writes as many bytes as there is room for. Returns their number; null if no process reads any more, or this end is closed.</summary>
    public int? TryWrite(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_closed)
                return null;
            var count = Descriptor.Write(_descriptor, data);
            return count >= 0 ? count : count == -Errno.TryAgain ? 0 : null;
        }
    }

    /// <summary>Requests one report by the ready signal.</summary>
    public void Arm()
    {
        lock (_lock)
        {
            if (!_closed)
                DescriptorLoop.Arm(_descriptor, _key, _interest);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
            Ended = true;
            DescriptorLoop.Remove(_descriptor, _key);
            _descriptor.Dispose();
        }
    }

    [SupportedOSPlatform("linux")]
    private static PipeEnd Open(SafeFileHandle ours, SafeFileHandle theirs, AsyncSignal ready, uint interest)
    {
        try
        {
            return new PipeEnd(ours, ready, interest);
        }
        catch
        {
            ours.Dispose();
            theirs.Dispose();
            throw;
        }
    }
}
