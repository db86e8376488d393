using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Volley.Interop;

namespace Volley.Ssh.Sockets;

/// <summary>
/// A thread that watches sockets and goes on with whoever waited for one, in its own time: handing each message over to
/// another thread costs more than most messages do. There is one for every two processors, for what it brings is dealt
/// with in other threads too, and the more sockets one watches, the more it finds each time. A socket stays with its own.
/// </summary>
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

    /// <summary>The loop for another socket.</summary>
    public static EpollLoop Next() => Loops[(uint)Interlocked.Increment(ref _last) % (uint)Loops.Length].Value;

    /// <summary>Watches a socket for what comes; the key stands for it from now on.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="stream">Told when it is ready.</param>
    /// <param name="forWriting">Whether it is told, too, when there is room to write again.</param>
    public ulong Add(SafeHandle socket, EpollSocketStream stream, bool forWriting)
    {
        var key = Interlocked.Increment(ref _lastKey);
        _watched[key] = stream;
        _epoll.Add(socket, key, Interest(forWriting));
        return key;
    }

    /// <summary>From now on the stream is told, too, when there is room to write again.</summary>
    public void WatchForWriting(SafeHandle socket, ulong key) => _epoll.Modify(socket, key, Interest(forWriting: true));

    /// <summary>Forgets a socket that is about to be closed, by which the system stops to watch it.</summary>
    public void Forget(ulong key) => _watched.TryRemove(key, out _);

    /// <summary>Whether a socket has had its turn: then it waits until others have had theirs, even if there is more to read.</summary>
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
