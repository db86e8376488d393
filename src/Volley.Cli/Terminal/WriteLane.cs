using Volley.Cli.Terminal.Cells;

namespace Volley.Cli.Terminal;

/// <summary>
/// The thread that writes to one file, or to two that are the same one, in order. What is ready while a write is under way
/// goes into the next one, so single lines appear at once and many lines share a write, and nothing waits on a timer.
/// </summary>
internal sealed class WriteLane
{
    /// <summary>How much may wait to be written before an output blocks; remote commands are slowed by it in turn.</summary>
    private const int Capacity = 256 * 1024;

    // One write is no longer than this, so that progress shows while a slow reader takes a lot.
    private const int LongestWrite = 64 * 1024;

    // While lines are shown below it, output is gathered for so long, in milliseconds: each write erases and draws them again.
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
    private long _drawnAt;
    private bool _writing;
    private bool _isWritingDirectly;
    private volatile bool _abandoned;
    private bool _started;

    // Whether the last output had no newline at its end.
    private bool _isInLine;

    // When something was last written, or began to wait, in Environment.TickCount64's milliseconds.
    private long _progressAt;

    /// <param name="failed">Told, by the thread that wrote, of the first failure of each file.</param>
    public WriteLane(Action<IOutputFile, OutputException> failed)
    {
        _failed = failed;
    }

    /// <summary>For how long nothing could be written although something waits; zero if nothing does.</summary>
    public TimeSpan StuckFor
    {
        get
        {
            lock (_lock)
                return IsIdle ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Environment.TickCount64 - _progressAt);
        }
    }

    private bool IsIdle => _abandoned || (_pending.IsEmpty && !_writing && !_isWritingDirectly && !_statusChanged);

    /// <summary>Appends output, whole lines of it. Blocks while too much is waiting.</summary>
    public void Write(IOutputFile file, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            while (_pending.Bytes >= Capacity && !_abandoned && !_broken.Contains(file))
                Monitor.Wait(_lock);
            // A thread of its own is of no use where nothing can hold it up.
            if (!file.IsAlwaysReady || _abandoned || !IsIdle || !_area.IsEmpty)
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

    /// <summary>Appends a message that must not wait for the reader, such as one from a signal's handler. On a terminal it begins in column 1.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="data">Whole lines.</param>
    /// <param name="followsKey">Whether the terminal has shown a key just now. It does that where the cursor is; status lines are erased with it.</param>
    public void Post(IOutputFile file, ReadOnlySpan<byte> data, bool followsKey = false)
    {
        lock (_lock)
        {
            if (!data.IsEmpty && file.IsTerminal && (_isInLine || (followsKey && _area.IsEmpty)))
                Append(file, "\n"u8);
            Append(file, data);
        }
    }

    /// <summary>Shows lines below all output, in place of those that were shown before; null for none.</summary>
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

    /// <summary>Waits until all is written, or abandoned.</summary>
    public void Flush() => Flush(Timeout.InfiniteTimeSpan);

    /// <summary>Waits until all is written, or abandoned, or until the limit has passed.</summary>
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

    /// <summary>Gives up what waits: nobody reads it.</summary>
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
        _pending.Append(file, data);
        _isInLine = data[^1] != '\n';
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
                while (_abandoned || _isWritingDirectly || (_pending.IsEmpty && !_statusChanged))
                    Monitor.Wait(_lock);
                while (TimeToGather() is > 0 and var time)
                    Monitor.Wait(_lock, time);
                _writing = true;
                _progressAt = Environment.TickCount64;
                batch = _pending.Take();
                status = _status;
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
        if (_area.IsEmpty || _flushing > 0 || _abandoned || _pending.Bytes >= LongestWrite)
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
                data = data[file.Write(file.IsAlwaysReady ? data : data[..Math.Min(data.Length, LongestWrite)])..];
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

    /// <summary>Writes output in the place of the lines that are shown, and lines below it: in one piece, or it would be seen how they go and come.</summary>
    private void WriteAboveStatus(List<(IOutputFile File, MemoryStream Bytes)> batch, (Canvas? Lines, bool HasColors) status)
    {
        // A lane of two files has them on one terminal, so it doesn't matter by which of them the cursor is moved.
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
