using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Volley.Targets;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>
/// ssh's own messages, by a pipe that it opens as the file of its -E: what it says about the connection is never mixed with
/// what the remote command prints on standard error.
/// </summary>
internal sealed partial class OpenSshLog : IDisposable
{
    // Several kilobytes at most in a sound login; a server can make ssh repeat what it sends.
    private const int KeptLines = 200;

    private readonly ReadySignal _ready = new();
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
    private bool _isCut;
    private volatile bool _commandHasEnded;

    /// <param name="target">The host that it is about.</param>
    /// <param name="isTagged">Whether ssh tags the messages that decide (<see cref="OpenSshLogLine.TaggedFunctions"/>): then no others do.</param>
    /// <param name="logger">Takes the messages.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There can be no pipe.</exception>
    public OpenSshLog(Target target, bool isTagged, ILogger logger)
    {
        _target = target;
        _isTagged = isTagged;
        _logger = logger;
        _reading = PipeEnd.ForReading(_ready, out _writing);
        Path = DescriptorPath.Of(_writing);
    }

    /// <summary>What ssh is given as the name of its log.</summary>
    public string Path { get; }

    /// <summary>Completes once ssh says that the server has accepted us.</summary>
    public Task Authenticated => _authenticated.Task;

    /// <summary>Completes once ssh says that the server has started the command.</summary>
    public Task Started => _started.Task;

    /// <summary>The messages until now.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Whether the server has told how the command ended.</summary>
    public bool CommandHasEnded => _commandHasEnded;

    /// <summary>Whether the connection goes through another ssh, which ssh started as its proxy command; known only where messages are tagged.</summary>
    public bool ProxyIsSsh { get; private set; }

    /// <summary>The last line that the server sent before its version, if it sent one; known only where messages are tagged.</summary>
    public string? LineBeforeVersion { get; private set; }

    /// <summary>What the server calls itself; null before it has, and where messages are not tagged.</summary>
    public string? ServerSoftware { get; private set; }

    /// <summary>Begins to read.</summary>
    /// <param name="processId">The ssh.</param>
    public void Read(int processId)
    {
        _processId = processId;
        _read = ReadAsync();
    }

    /// <summary>The messages; to be called once ssh has ended.</summary>
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
                // One more look: the last messages came with ssh's end.
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
        var line = OpenSshLogLine.Read(text, _processId);
        // What follows a message that ends with the peer's words may be the peer's, too.
        if (_isCut && line.Function is null)
            return;
        if (line.IsDebug)
        {
            AddDebug(line);
            return;
        }

        _isCut |= OpenSshDiagnosis.EndsWithPeersWords(line.Text);
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
        // Neither a code of 255 nor anything else that ssh prints tells a command's end from that of the connection.
        if (IsFrom(line, OpenSshLogLine.ChannelRequest) && line.Text.Contains(" rtype exit-", StringComparison.Ordinal))
            _commandHasEnded = true;
        else if (IsFrom(line, OpenSshLogLine.ChannelReply) && line.Text.Contains("exec request accepted", StringComparison.Ordinal))
            _started.TrySetResult();
        else if (line.Function == OpenSshLogLine.Greeting && OpenSshDiagnosis.LineBeforeVersion(line.Text) is { } words)
            LineBeforeVersion = words;
        else if (line.Function == OpenSshLogLine.Greeting && OpenSshDiagnosis.ServerSoftware(line.Text) is { } software)
            ServerSoftware = software;
        else if (line.Function == OpenSshLogLine.Proxy && OpenSshDiagnosis.IsSshAsProxy(line.Text))
            ProxyIsSsh = true;
    }

    private bool IsFrom(OpenSshLogLine line, string function) => line.Function == function || !_isTagged;

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: ssh: {Line}")]
    private static partial void LogMessage(ILogger logger, string node, string line);
}
