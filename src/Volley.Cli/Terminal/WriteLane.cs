using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Terminal;

/// <summary>
/// A thread that writes to one file, or to two descriptors of the same file, in order. Output that arrives during a write is coalesced into
/// the next one. Hence single lines appear at once, and many lines share a write. Only status lines add a delay.
/// </summary>
internal sealed class WriteLane
{
    /// <summary>The number of pending bytes from which writers block. That in turn slows down remote commands.</summary>
    private const int Capacity = 256 * 1024;

    // The largest write, small enough to make progress visible while a slow reader takes a lot of data.
    private const int MaxWriteLength = 64 * 1024;

    // While status lines are shown, output is collected for this time in milliseconds, since each write erases and redraws them.
    private const int RedrawInterval = 100;

    private readonly object _lock = new();

    private readonly Action<IOutputFile, OutputException> _failed;
    private readonly PendingOutput _pending = new();
    private readonly HashSet<IOutputFile> _broken = [];
    private IOutputFile? _statusFile;
    private readonly StatusArea _area = new();
    private (Canvas? Lines, bool HasColors) _status;
    private bool _statusChanged;
    private int _flushing;
    private int _holds;
    private long _drawnAt;
    private bool _writing;
    private bool _isWritingDirectly;
    private volatile bool _abandoned;
    private bool _started;

    // A question that waits for its answer on the terminal, below all output; null for none. Meanwhile no status lines are shown.
    private byte[]? _question;

    // Whether the last output did not end with a newline.
    private bool _isInLine;

    // The time of the last write, or of the first output after an idle phase, as Environment.TickCount64.
    private long _progressAt;

    /// <param name="failed">Called for the first failure of each file, on the thread that wrote.</param>
    public WriteLane(Action<IOutputFile, OutputException> failed)
    {
        _failed = failed;
    }

    /// <summary>The time for which pending output has made no progress; zero if nothing is pending.</summary>
    public TimeSpan StuckFor
    {
        get
        {
            lock (_lock)
                return IsIdle || _holds > 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Environment.TickCount64 - _progressAt);
        }
    }

    private bool IsIdle => _abandoned || (_pending.IsEmpty && !_writing && !_isWritingDirectly && !_statusChanged);

    /// <summary>Writes whole lines of output. Blocks while too much output is pending.</summary>
    public void Write(IOutputFile file, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            while (_pending.Bytes >= Capacity && !_abandoned && !_broken.Contains(file))
                Monitor.Wait(_lock);
            // A write that can't block needs no other thread.
            if (!file.IsAlwaysReady || _abandoned || !IsIdle || !_area.IsEmpty || _holds > 0 || _question is not null)
            {
                Append(file, data);
                return;
            }

            _isInLine = !data.IsEmpty ? data[^1] != '\n' : _isInLine;
            _isWritingDirectly = true;
            _progressAt = Environment.TickCount64;
        }

        WriteAll(file, data);
        lock (_lock)
        {
            _isWritingDirectly = false;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>
    /// Writes a message without waiting for the reader, for callers that must not block, such as signal handlers. On a terminal it starts in
    /// column 1.
    /// </summary>
    /// <param name="file">The destination.</param>
    /// <param name="data">Whole lines.</param>
    /// <param name="followsKey">
    /// Whether the terminal has just echoed a key at the cursor. Erasing status lines also erases the echo; without them a newline is needed.
    /// </param>
    public void Post(IOutputFile file, ReadOnlySpan<byte> data, bool followsKey = false)
    {
        lock (_lock)
        {
            if (!data.IsEmpty && file.IsTerminal && _question is null && (_isInLine || (followsKey && _area.IsEmpty)))
                Append(file, "\n"u8);
            Append(file, data);
        }
    }

    /// <summary>Shows a question below all output, and again below each later output, until <see cref="EndQuestion"/>.</summary>
    public void BeginQuestion(IOutputFile file, byte[] question)
    {
        lock (_lock)
        {
            Append(file, question);
            _question = question;
            _statusChanged |= _statusFile is not null;
        }
    }

    /// <summary>Records that a question is answered, or needs no answer. The cursor is in an empty line if it is.</summary>
    public void EndQuestion(bool isAnswered)
    {
        lock (_lock)
        {
            if (_question is null)
                return;
            _question = null;
            _isInLine = !isAnswered;
            _statusChanged |= _statusFile is not null;
            Wake();
        }
    }

    /// <summary>Replaces the status lines below all output; null for none.</summary>
    public void SetStatus(IOutputFile file, Canvas? lines, bool hasColors)
    {
        lock (_lock)
        {
            _statusFile = file;
            _status = (lines, hasColors);
            _statusChanged = true;
            Wake();
        }
    }

    /// <summary>Whether output is collected (<see cref="Hold"/>).</summary>
    public bool IsHeld
    {
        get
        {
            lock (_lock)
                return _holds > 0;
        }
    }

    /// <summary>Erases the status lines, and collects further output until <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _holds++;
            while (_writing || _isWritingDirectly)
                Monitor.Wait(_lock);
            if (_area.IsEmpty || _statusFile is null)
                return;
            _isWritingDirectly = true;
        }

        var erasure = new MemoryStream();
        _area.Erase(erasure);
        WriteAll(_statusFile, erasure.GetBuffer().AsSpan(0, (int)erasure.Length));
        lock (_lock)
        {
            _isWritingDirectly = false;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Writes what was collected, and shows the status lines again.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _holds--;
            _isInLine = false;
            _statusChanged |= _statusFile is not null;
            Wake();
        }
    }

    /// <summary>Waits until all output is written or abandoned.</summary>
    public void Flush() => Flush(Timeout.InfiniteTimeSpan);

    /// <summary>Waits until all output is written or abandoned, or until the limit has elapsed.</summary>
    public void Flush(TimeSpan limit)
    {
        var until = limit == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)limit.TotalMilliseconds;
        lock (_lock)
        {
            _flushing++;
            Monitor.PulseAll(_lock);
            while (!IsIdle && until - Environment.TickCount64 is > 0 and var left)
                Monitor.Wait(_lock, (int)Math.Min(left, int.MaxValue));
            _flushing--;
        }
    }

    /// <summary>Discards pending and future output.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _abandoned = true;
            _pending.Clear();
            Monitor.PulseAll(_lock);
        }
    }

    private void Append(IOutputFile file, ReadOnlySpan<byte> data)
    {
        if (_abandoned || data.IsEmpty || _broken.Contains(file))
            return;
        if (_question is { } question && file.IsTerminal)
            _pending.Append(file, [.. "\n"u8, .. data, .. question]);
        else
            _pending.Append(file, data);
        _isInLine = _question is not null || data[^1] != '\n';
        Wake();
    }

    private void Wake()
    {
        if (!_writing)
            _progressAt = Environment.TickCount64;
        if (!_started)
        {
            _started = true;
            new Thread(Run) { IsBackground = true, Name = "output" }.Start();
        }

        Monitor.PulseAll(_lock);
    }

    private void Run()
    {
        while (true)
        {
            List<(IOutputFile File, MemoryStream Bytes)> batch;
            (Canvas? Lines, bool HasColors) status;
            lock (_lock)
            {
                _writing = false;
                Monitor.PulseAll(_lock);
                while (_abandoned || _isWritingDirectly || _holds > 0 || (_pending.IsEmpty && !_statusChanged))
                    Monitor.Wait(_lock);
                while (TimeToGather() is > 0 and var time)
                    Monitor.Wait(_lock, time);
                if (_holds > 0)
                    continue;
                _writing = true;
                _progressAt = Environment.TickCount64;
                batch = _pending.Take();
                status = _question is null ? _status : default;
                _statusChanged = false;
            }

            if (_area.IsEmpty && status.Lines is null)
            {
                foreach (var (file, bytes) in batch)
                    WriteAll(file, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
            }
            else
            {
                WriteAboveStatus(batch, status);
            }

            lock (_lock)
                _pending.Return(batch);
        }
    }

    private int TimeToGather()
    {
        if (_area.IsEmpty || _flushing > 0 || _abandoned || _pending.Bytes >= MaxWriteLength)
            return 0;
        return (int)(_drawnAt + RedrawInterval - Environment.TickCount64);
    }

    private void WriteAll(IOutputFile file, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_broken.Contains(file))
                return;
        }

        try
        {
            while (!data.IsEmpty && !_abandoned)
            {
                data = data[file.Write(file.IsAlwaysReady ? data : data[..Math.Min(data.Length, MaxWriteLength)])..];
                lock (_lock)
                    _progressAt = Environment.TickCount64;
            }
        }
        catch (OutputException failure)
        {
            bool isFirst;
            lock (_lock)
                isFirst = _broken.Add(file);
            if (isFirst)
                _failed(file, failure);
        }
    }

    /// <summary>Writes output in place of the status lines, and the status lines below it. A single write avoids flicker.</summary>
    private void WriteAboveStatus(List<(IOutputFile File, MemoryStream Bytes)> batch, (Canvas? Lines, bool HasColors) status)
    {
        // Both files of a lane are the same terminal, so either can move the cursor.
        var whole = new MemoryStream(1024);
        if (batch.Count > 0)
            _area.Erase(whole);
        for (var i = 0; i < batch.Count - 1; i++)
        {
            whole.Write(batch[i].Bytes.GetBuffer(), 0, (int)batch[i].Bytes.Length);
            WriteAll(batch[i].File, whole.GetBuffer().AsSpan(0, (int)whole.Length));
            whole.SetLength(0);
        }

        if (batch.Count > 0)
            whole.Write(batch[^1].Bytes.GetBuffer(), 0, (int)batch[^1].Bytes.Length);
        _area.Show(whole, status.Lines, status.HasColors);
        WriteAll(batch.Count > 0 ? batch[^1].File : _statusFile!, whole.GetBuffer().AsSpan(0, (int)whole.Length));
        _drawnAt = Environment.TickCount64;
    }
}
