using System.Text;

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

    private readonly object _lock = new();
    private readonly Action<IOutputFile, OutputException> _failed;
    private List<(IOutputFile File, MemoryStream Bytes)> _pending = [];
    private readonly HashSet<IOutputFile> _broken = [];
    private IOutputFile? _statusFile;
    private string[] _status = [];
    private bool _statusChanged;
    private int _drawnLines;
    private int _bytes;
    private bool _writing;
    private volatile bool _abandoned;
    private bool _started;

    // When something was last written, or began to wait, in Environment.TickCount64's milliseconds.
    private long _progressAt;

    /// <param name="failed">Told, on the lane's thread, of the first failure of each file.</param>
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

    private bool IsIdle => _abandoned || (_pending.Count == 0 && !_writing && !_statusChanged);

    /// <summary>Appends output, whole lines of it. Blocks while too much is waiting.</summary>
    public void Write(IOutputFile file, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            while (_bytes >= Capacity && !_abandoned && !_broken.Contains(file))
                Monitor.Wait(_lock);
            Append(file, data);
        }
    }

    /// <summary>Appends a message that must not wait for the reader, such as one from a signal's handler.</summary>
    public void Post(IOutputFile file, ReadOnlySpan<byte> data)
    {
        lock (_lock)
            Append(file, data);
    }

    /// <summary>Shows lines below all output, in place of those that were shown before.</summary>
    public void SetStatus(IOutputFile file, string[] lines)
    {
        lock (_lock)
        {
            _statusFile = file;
            _status = lines;
            _statusChanged = true;
            Wake();
        }
    }

    /// <summary>Waits until all is written, or given up.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            while (!IsIdle)
                Monitor.Wait(_lock);
        }
    }

    /// <summary>Gives up what waits: nobody reads it.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _abandoned = true;
            _pending = [];
            _bytes = 0;
            Monitor.PulseAll(_lock);
        }
    }

    private void Append(IOutputFile file, ReadOnlySpan<byte> data)
    {
        if (_abandoned || data.IsEmpty || _broken.Contains(file))
            return;
        if (_pending.Count == 0 || _pending[^1].File != file)
            _pending.Add((file, new MemoryStream()));
        _pending[^1].Bytes.Write(data);
        _bytes += data.Length;
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
            string[] status;
            lock (_lock)
            {
                _writing = false;
                Monitor.PulseAll(_lock);
                while (_abandoned || (_pending.Count == 0 && !_statusChanged))
                    Monitor.Wait(_lock);
                _writing = true;
                _progressAt = Environment.TickCount64;
                (batch, _pending) = (_pending, []);
                _bytes = 0;
                status = _status;
                _statusChanged = false;
            }

            EraseStatus();
            foreach (var (file, bytes) in batch)
                WriteAll(file, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
            DrawStatus(status);
        }
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
                data = data[file.Write(data[..Math.Min(data.Length, LongestWrite)])..];
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

    private void EraseStatus()
    {
        if (_drawnLines == 0)
            return;
        // To the first column of the first line, then clear to the end of the screen.
        var up = _drawnLines > 1 ? $"\e[{_drawnLines - 1}A" : "";
        WriteAll(_statusFile!, Encoding.UTF8.GetBytes($"\r{up}\e[J"));
        _drawnLines = 0;
    }

    private void DrawStatus(string[] lines)
    {
        if (lines.Length == 0)
            return;
        WriteAll(_statusFile!, Encoding.UTF8.GetBytes(string.Join("\r\n", lines)));
        _drawnLines = lines.Length;
    }
}
