using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Volley.Interop.Waiting;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh.Log;

/// <summary>
/// The messages of one ssh, read from a pipe that ssh opens as its log file (-E). This separates ssh's messages about the connection
/// from the remote command's standard error.
/// </summary>
internal sealed partial class OpenSshLog : IDisposable
{
    // More messages than a normal login has. A server can make ssh log any amount.
    private const int KeptLines = 200;

    private readonly AsyncSignal _ready = new();
    private readonly PipeEnd _reading;
    private readonly SafeFileHandle _writing;
    private readonly Target _target;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _authenticated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];
    private readonly byte[] _buffer = new byte[4096];
    private readonly StringBuilder _partial = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly bool _isTagged;
    private int _processId;
    private Task _read = Task.CompletedTask;
    private UntaggedLines _accepted = UntaggedLines.All;
    private volatile bool _commandHasEnded;

    /// <summary>Creates the log.</summary>
    /// <param name="target">The target of the ssh.</param>
    /// <param name="isTagged">
    /// Whether ssh tags the decisive messages (<see cref="OpenSshLogLine.TaggedFunctions"/>): then untagged messages decide nothing.
    /// </param>
    /// <param name="logger">Receives the messages.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The pipe can't be created.</exception>
    public OpenSshLog(Target target, bool isTagged, ILogger logger)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("ssh is started on Linux only");
        _target = target;
        _isTagged = isTagged;
        _logger = logger;
        _reading = PipeEnd.ForReading(_ready, out _writing);
        Path = DescriptorPath.Of(_writing);
    }

    /// <summary>The path of the log file for ssh.</summary>
    public string Path { get; }

    /// <summary>A task that completes when ssh reports that the login succeeded.</summary>
    public Task Authenticated => _authenticated.Task;

    /// <summary>A task that completes when ssh reports that the server has started the command.</summary>
    public Task Started => _started.Task;

    /// <summary>The messages so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Whether the server has reported how the command ended.</summary>
    public bool CommandHasEnded => _commandHasEnded;

    /// <summary>Whether ssh started another ssh as its proxy command. It is known only if messages are tagged.</summary>
    public bool ProxyIsSsh { get; private set; }

    /// <summary>The last line that the server sent before its version, or null. It is known only if messages are tagged.</summary>
    public string? LineBeforeVersion { get; private set; }

    /// <summary>The software name that the server sent; null before that, and if messages are not tagged.</summary>
    public string? ServerSoftware { get; private set; }

    /// <summary>Begins to read the log.</summary>
    /// <param name="processId">The process id of the ssh.</param>
    public void Read(int processId)
    {
        _processId = processId;
        _read = ReadAsync();
    }

    /// <summary>Reads the remaining messages and returns all. Call it after ssh has ended.</summary>
    public async Task<IReadOnlyList<string>> CompleteAsync()
    {
        if (!_ended.IsCancellationRequested)
            await _ended.CancelAsync().ConfigureAwait(false);
        await _read.ConfigureAwait(false);
        return Lines;
    }

    public void Dispose()
    {
        _ended.Cancel();
        _reading.Dispose();
        _writing.Dispose();
        _ended.Dispose();
    }

    private async Task ReadAsync()
    {
        var decoder = Encoding.UTF8.GetDecoder();
        while (true)
        {
            var isOver = _ended.IsCancellationRequested;
            while (_reading.TryRead(_buffer) is > 0 and var count)
                Add(decoder, _buffer.AsSpan(0, count));
            if (isOver)
                return;
            try
            {
                _reading.Arm();
                await _ready.WaitAsync(_ended.Token).ConfigureAwait(false);
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                // Reads once more, because the last messages arrive with ssh's end.
            }
        }
    }

    private void Add(Decoder decoder, ReadOnlySpan<byte> bytes)
    {
        var characters = new char[bytes.Length + 1];
        var count = decoder.GetChars(bytes, characters, flush: false);
        foreach (var c in characters.AsSpan(0, count))
        {
            if (c is not ('\n' or '\r'))
            {
                _partial.Append(c);
                continue;
            }

            if (_partial.Length > 0)
                Add(_partial.ToString());
            _partial.Clear();
        }
    }

    private void Add(string text)
    {
        var line = OpenSshLogLine.Parse(text, _processId);
        if (line.Function is null && !OpenSshDiagnosis.IsAccepted(line.Text, _accepted))
            return;
        if (line.IsDebug)
        {
            AddDebug(line);
            return;
        }

        if (OpenSshDiagnosis.GetAcceptedAfter(line.Text) is var accepted && accepted < _accepted)
            _accepted = accepted;
        lock (_lines)
        {
            if (_lines.Count < KeptLines)
                _lines.Add(line.Text);
        }

        LogMessage(_logger, _target.Label, line.Text);
        if (IsFrom(line, OpenSshLogLine.Login) && line.Text.StartsWith("Authenticated to ", StringComparison.Ordinal))
            _authenticated.TrySetResult();
    }

    private void AddDebug(OpenSshLogLine line)
    {
        // Nothing else, not even an exit code of 255, distinguishes a command's end from the connection's end.
        if (IsFrom(line, OpenSshLogLine.ChannelRequest) && line.Text.Contains(" rtype exit-", StringComparison.Ordinal))
            _commandHasEnded = true;
        else if (IsFrom(line, OpenSshLogLine.ChannelReply) && OpenSshDiagnosis.IsStart(line.Text))
            _started.TrySetResult();
        else if (line.Function == OpenSshLogLine.Greeting && OpenSshDiagnosis.LineBeforeVersion(line.Text) is { } before)
            LineBeforeVersion = before;
        else if (line.Function == OpenSshLogLine.Greeting && OpenSshDiagnosis.ServerSoftware(line.Text) is { } software)
            ServerSoftware = software;
        else if (line.Function == OpenSshLogLine.Proxy && OpenSshDiagnosis.IsSshAsProxy(line.Text))
            ProxyIsSsh = true;
    }

    private bool IsFrom(OpenSshLogLine line, string function) => line.Function == function || !_isTagged;

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: ssh: {Line}")]
    private static partial void LogMessage(ILogger logger, string node, string line);
}
