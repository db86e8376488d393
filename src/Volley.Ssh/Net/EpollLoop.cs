using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Volley.Interop;

namespace Volley.Ssh.Net;

/// <summary>
/// A thread that watches sockets with epoll(7) and runs the continuations of their reads and writes. A switch to another thread would cost more than
/// the processing of most messages.
/// </summary>
/// <remarks>
/// There is one loop for two processors, at most 16: other threads need processors too, and a loop with more sockets finds more of them ready per
/// wait. A socket stays with its loop.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class EpollLoop
{
    private const int MostLoops = 16;

    private static readonly Lazy<EpollLoop>[] Loops =
        [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 2, 1, MostLoops)).Select(_ => new Lazy<EpollLoop>(static () => new()))];

    private static int _last;

    [ThreadStatic]
    private static EpollLoop? _current;

    private readonly Epoll _epoll = new();
    private readonly ConcurrentDictionary<ulong, EpollSocketStream> _watched = new();
    private readonly List<EpollSocketStream> _again = [];
    private ulong _lastKey;
    private int _reads;

    private EpollLoop() => new Thread(Run) { IsBackground = true, Name = "sockets" }.Start();

    /// <summary>Returns the loop for a new socket, in turns.</summary>
    public static EpollLoop Next() => Loops[(uint)Interlocked.Increment(ref _last) % (uint)Loops.Length].Value;

    /// <summary>Watches a socket for input. Returns the key that identifies it in later calls.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="stream">The stream to notify when the socket is ready.</param>
    /// <param name="forWriting">Whether to notify the stream also when it can write again.</param>
    public ulong Add(SafeHandle socket, EpollSocketStream stream, bool forWriting)
    {
        var key = Interlocked.Increment(ref _lastKey);
        _watched[key] = stream;
        _epoll.Add(socket, key, Interest(forWriting));
        return key;
    }

    /// <summary>Notifies the stream from now on also when it can write again.</summary>
    public void WatchForWriting(SafeHandle socket, ulong key) => _epoll.Modify(socket, key, Interest(forWriting: true));

    /// <summary>Removes a socket before it is closed. Closing it removes it from the epoll instance.</summary>
    public void Forget(ulong key) => _watched.TryRemove(key, out _);

    /// <summary>
    /// Returns whether a socket has used up its reads in a row. It is then notified again after the other ready sockets, even if it has more to read.
    /// </summary>
    public bool MustWait(EpollSocketStream stream)
    {
        if (_current != this || ++_reads <= SocketStream.ReadsInARow)
            return false;
        _again.Add(stream);
        return true;
    }

    private static uint Interest(bool forWriting) =>
        Epoll.In | Epoll.PeerHasEnded | Epoll.EdgeTriggered | (forWriting ? Epoll.Out : 0);

    private void Run()
    {
        _current = this;
        Action<ulong, uint> ready = (key, events) =>
        {
            _reads = 0;
            if (_watched.TryGetValue(key, out var stream))
                stream.OnReady(events);
        };
        while (true)
        {
            _epoll.Wait(ready, mayWait: _again.Count == 0);
            if (_again.Count == 0)
                continue;
            EpollSocketStream[] again = [.. _again];
            _again.Clear();
            foreach (var stream in again)
            {
                _reads = 0;
                stream.OnReady(Epoll.In);
            }
        }
    }
}
