namespace Volley.Testing;

/// <summary>Copies a descriptor into a transcript on a thread of its own, and owns the descriptor.</summary>
internal sealed class DescriptorReader : IDisposable
{
    private readonly int _descriptor;
    private readonly int _wakeRead;
    private readonly int _wakeWrite;
    private readonly Thread _thread;
    private int _started;
    private int _closed;

    public DescriptorReader(int descriptor, Transcript transcript, bool hold = false)
    {
        _descriptor = descriptor;
        Transcript = transcript;
        (_wakeRead, _wakeWrite) = Libc.Pipe();
        _thread = new Thread(Run) { IsBackground = true, Name = $"reader of {descriptor}" };
        if (!hold)
            Begin();
    }

    public Transcript Transcript { get; }

    /// <summary>Whether the transcript will be complete; a paused descriptor stays unread.</summary>
    public bool IsReading => Volatile.Read(ref _started) != 0;

    /// <summary>Starts to read a paused descriptor.</summary>
    public void Begin()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
            _thread.Start();
    }

    /// <summary>
    /// Closes the descriptor. A thread that is inside read(2) would keep it open, so the reader waits in poll(2)
    /// and is woken first: after this call, the other side really has no reader.
    /// </summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            Libc.Write(_wakeWrite, [0]);
            _thread.Join();
        }
        _ = Libc.Close(_descriptor);
        _ = Libc.Close(_wakeRead);
        _ = Libc.Close(_wakeWrite);
        Transcript.End();
    }

    public void Dispose() => Close();

    private void Run()
    {
        Span<byte> buffer = stackalloc byte[16 * 1024];
        Span<Libc.PollEntry> entries =
        [
            new() { Descriptor = _descriptor, Wanted = Libc.PollIn },
            new() { Descriptor = _wakeRead, Wanted = Libc.PollIn },
        ];
        while (true)
        {
            Libc.Poll(entries, -1);
            if (entries[1].Got != 0)
                return;
            // A terminal ends with EIO, a pipe with 0.
            var count = Libc.Read(_descriptor, buffer);
            if (count <= 0)
                break;
            Transcript.Append(buffer[..count]);
        }
        Transcript.End();
    }
}
