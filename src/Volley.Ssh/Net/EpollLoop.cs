using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Volley.Interop;

namespace Volley.Ssh.Net;

/// <summary>A thread that watches sockets with epoll(7) and notifies their streams.</summary>
/// <remarks>
/// There is one loop for two processors, at most 16: other threads need processors too, and a loop with more sockets finds more of them ready per
/// wait. A socket stays with its loop.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class EpollLoop
{
    private const int MaxLoops = 16;

    private static readonly Lazy<EpollLoop>[] Loops =
        [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 2, 1, MaxLoops)).Select(_ => new Lazy<EpollLoop>(static () => new()))];

    private static int _last;

    private readonly Epoll _epoll = new();
    private readonly ConcurrentDictionary<ulong, EpollSocketStream> _watched = new();
    private ulong _lastKey;

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

    /// <summary>
    /// Notifies the stream again if its socket is ready: epoll(7) checks a socket whose events are changed, and reports it behind the sockets
    /// that were ready before.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="key">Its key.</param>
    /// <param name="forWriting">Whether to notify the stream also when it can write again, from now on.</param>
    public void Renew(SafeHandle socket, ulong key, bool forWriting) => _epoll.Modify(socket, key, Interest(forWriting));

    /// <summary>Removes a socket before it is closed. Closing it removes it from the epoll instance.</summary>
    public void Forget(ulong key) => _watched.TryRemove(key, out _);

    private static uint Interest(bool forWriting) =>
        Epoll.In | Epoll.PeerHasEnded | Epoll.EdgeTriggered | (forWriting ? Epoll.Out : 0);

    private void Run()
    {
        Action<ulong, uint> ready = (key, events) =>
        {
            if (_watched.TryGetValue(key, out var stream))
                stream.OnReady(events);
        };
        while (true)
            _epoll.Wait(ready);
    }
}
