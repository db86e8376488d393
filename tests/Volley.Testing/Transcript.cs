using System.Buffers;
using System.Text;

namespace Volley.Testing;

/// <summary>All bytes that one stream has brought so far, and a way to wait for a text in it.</summary>
public sealed class Transcript
{
    /// <summary>How long a wait lasts that names no limit.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private int _matched;
    private bool _ended;
    private TaskCompletionSource _changed = NewChange();

    /// <summary>A copy of what has come.</summary>
    public byte[] Bytes
    {
        get
        {
            lock (_lock)
                return _bytes.WrittenSpan.ToArray();
        }
    }

    /// <summary>What has come, decoded as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>
    /// Waits for a text behind the place where the last match ended, so that the same text can be awaited twice.
    /// Returns all from that place to the end of the match.
    /// </summary>
    /// <exception cref="TimeoutException">It did not come in time (default 20 s); the message holds the whole transcript.</exception>
    /// <exception cref="EndOfStreamException">The stream ended without it; the message holds the whole transcript.</exception>
    public async Task<string> ReadUntilAsync(string text, TimeSpan? limit = null)
    {
        var wanted = Encoding.UTF8.GetBytes(text);
        using var deadline = new CancellationTokenSource(limit ?? DefaultLimit);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var unread = _bytes.WrittenSpan[_matched..];
                var found = unread.IndexOf(wanted);
                if (found >= 0)
                {
                    _matched += found + wanted.Length;
                    return Encoding.UTF8.GetString(unread[..(found + wanted.Length)]);
                }
                if (_ended)
                    throw new EndOfStreamException($"ended without \"{text}\"; all that came:\n{Text}");
                changed = _changed.Task;
            }
            await WaitAsync(changed, $"\"{text}\"", deadline.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the stream has ended; returns all that it brought.</summary>
    /// <exception cref="TimeoutException">It did not end in time (default 20 s); the message holds the whole transcript.</exception>
    public async Task<string> ReadToEndAsync(TimeSpan? limit = null)
    {
        using var deadline = new CancellationTokenSource(limit ?? DefaultLimit);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_ended)
                    return Text;
                changed = _changed.Task;
            }
            await WaitAsync(changed, "the end", deadline.Token).ConfigureAwait(false);
        }
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _bytes.Write(bytes);
            SignalChange();
        }
    }

    internal void End()
    {
        lock (_lock)
        {
            _ended = true;
            SignalChange();
        }
    }

    private async Task WaitAsync(Task changed, string wanted, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"waited too long for {wanted}; all that came:\n{Text}");
        }
    }

    private void SignalChange()
    {
        _changed.SetResult();
        _changed = NewChange();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
