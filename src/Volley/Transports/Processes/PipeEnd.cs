using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Ssh.Sockets;

namespace Volley.Transports.Processes;

/// <summary>Our end of a pipe: non-blocking, and watched by the <see cref="DescriptorLoop"/>.</summary>
internal sealed unsafe class PipeEnd : IDisposable
{
    private readonly SafeFileHandle _descriptor;
    private readonly ulong _key;
    private readonly uint _interest;
    private readonly Lock _lock = new();
    private bool _closed;

    private PipeEnd(SafeFileHandle descriptor, ReadySignal ready, uint interest)
    {
        _descriptor = descriptor;
        _interest = interest;
        var flags = Libc.Control(descriptor, Libc.GetStatusFlags, 0);
        if (flags < 0 || Libc.Control(descriptor, Libc.SetStatusFlags, flags | Libc.NonBlocking) < 0)
            throw new Win32Exception();
        _key = DescriptorLoop.Add(descriptor, ready);
    }

    /// <summary>Whether the stream has ended, or our end was closed.</summary>
    public bool Ended { get; private set; }

    /// <summary>A pipe that we read from.</summary>
    /// <exception cref="Win32Exception">There can be no more pipes.</exception>
    /// <param name="ready">Set when there is something to read, once it was armed.</param>
    /// <param name="theirs">The end to write to, which a child inherits.</param>
    public static PipeEnd ForReading(ReadySignal ready, out SafeFileHandle theirs)
    {
        var (reading, writing) = Create();
        theirs = writing;
        return Open(reading, writing, ready, Epoll.In);
    }

    /// <summary>A pipe that we write to.</summary>
    /// <exception cref="Win32Exception">There can be no more pipes.</exception>
    /// <param name="ready">Set when there is room, once it was armed.</param>
    /// <param name="theirs">The end to read from, which a child inherits.</param>
    public static PipeEnd ForWriting(ReadySignal ready, out SafeFileHandle theirs)
    {
        var (reading, writing) = Create();
        theirs = reading;
        return Open(writing, reading, ready, Epoll.Out);
    }

    /// <summary>Reads what is at hand.</summary>
    /// <returns>How many bytes; 0 if there are none now or the stream has ended: see <see cref="Ended"/>.</returns>
    public int TryRead(Span<byte> buffer)
    {
        if (Ended)
            return 0;
        nint count;
        int error;
        do
        {
            fixed (byte* start = buffer)
                count = Libc.Read(_descriptor, start, (nuint)buffer.Length);
            error = Marshal.GetLastPInvokeError();
        }
        while (count < 0 && error == Libc.ErrorInterrupted);

        if (count > 0)
            return (int)count;
        Ended = count == 0 || error != Libc.ErrorTryAgain;
        return 0;
    }

    /// <summary>Writes as much as there is room for; null once nobody reads any more.</summary>
    public int? TryWrite(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_closed)
                return null;
            nint count;
            int error;
            do
            {
                fixed (byte* start = data)
                    count = Libc.Write(_descriptor, start, (nuint)data.Length);
                error = Marshal.GetLastPInvokeError();
            }
            while (count < 0 && error == Libc.ErrorInterrupted);

            if (count >= 0)
                return (int)count;
            return error == Libc.ErrorTryAgain ? 0 : null;
        }
    }

    /// <summary>Asks for one report by the ready signal.</summary>
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

    private static PipeEnd Open(SafeFileHandle ours, SafeFileHandle theirs, ReadySignal ready, uint interest)
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

    private static (SafeFileHandle Reading, SafeFileHandle Writing) Create()
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends, Libc.CloseOnExec) != 0)
            throw new Win32Exception();
        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }
}
