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
    private readonly List<string> _lines = [];
    private readonly byte[] _buffer = new byte[4096];
    private readonly StringBuilder _partial = new();
    private readonly CancellationTokenSource _ended = new();
    private volatile bool _commandHasEnded;

    public OpenSshLog(Target target, ILogger logger)
    {
        _target = target;
        _logger = logger;
        _reading = PipeEnd.ForReading(_ready, out _writing);
        Path = DescriptorPath.Of(_writing);
        Reading = ReadAsync();
    }

    /// <summary>What ssh is given as the name of its log.</summary>
    public string Path { get; }

    /// <summary>Completes once ssh says that the server has accepted us.</summary>
    public Task Authenticated => _authenticated.Task;

    /// <summary>The messages until now.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Whether the server has told how the command ended; only where ssh logs at level DEBUG1.</summary>
    public bool CommandHasEnded => _commandHasEnded;

    private Task Reading { get; }

    /// <summary>The messages; to be called once ssh has ended.</summary>
    public async Task<IReadOnlyList<string>> CompleteAsync()
    {
        if (!_ended.IsCancellationRequested)
            await _ended.CancelAsync().ConfigureAwait(false);
        await Reading.ConfigureAwait(false);
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

    private void Add(string line)
    {
        if (line.StartsWith("debug", StringComparison.Ordinal))
        {
            // Neither a code of 255 nor anything else that ssh prints tells a command's end from that of the connection.
            if (line.Contains(" rtype exit-", StringComparison.Ordinal))
                _commandHasEnded = true;
            return;
        }

        lock (_lines)
        {
            if (_lines.Count < KeptLines)
                _lines.Add(line);
        }

        LogMessage(_logger, _target.Label, line);
        if (line.StartsWith("Authenticated to ", StringComparison.Ordinal))
            _authenticated.TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: ssh: {Line}")]
    private static partial void LogMessage(ILogger logger, string node, string line);
}
