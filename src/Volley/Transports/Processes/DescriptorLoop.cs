using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Waiting;

namespace Volley.Transports.Processes;

/// <summary>The thread that watches all pipes with epoll(7). Reading them through the thread pool would occupy a thread for every pending read.</summary>
internal static class DescriptorLoop
{
    private static readonly ConcurrentDictionary<ulong, AsyncSignal> Watched = new();
    private static readonly Lock Gate = new();
    private static Epoll? _epoll;
    private static ulong _lastKey;

    // Created on first use instead of by a type initializer, whose failure would be permanent, even once descriptors are available again.
    private static Epoll Epoll
    {
        get
        {
            if (Volatile.Read(ref _epoll) is { } epoll)
                return epoll;
            lock (Gate)
                return _epoll ??= Start();
        }
    }

    /// <summary>Adds a descriptor, which is not reported until it is armed. Returns the key that identifies it in later calls.</summary>
    public static ulong Add(SafeFileHandle descriptor, AsyncSignal signal)
    {
        var key = Interlocked.Increment(ref _lastKey);
        Watched[key] = signal;
        try
        {
            // epoll(7) reports a hang-up even if no event is requested, and without one-shot again and again.
            Epoll.Add(descriptor, key, Interop.Epoll.OneShot);
            return key;
        }
        catch
        {
            Watched.TryRemove(key, out _);
            throw;
        }
    }

    /// <summary>Requests one report: the descriptor's signal is set once the descriptor is ready, or at once if it is.</summary>
    public static void Arm(SafeFileHandle descriptor, ulong key, uint interest) =>
        Epoll.Modify(descriptor, key, interest | Interop.Epoll.OneShot);

    /// <summary>Removes a descriptor, which must still be open.</summary>
    public static void Remove(SafeFileHandle descriptor, ulong key)
    {
        Watched.TryRemove(key, out _);
        Epoll.Remove(descriptor);
    }

    private static Epoll Start()
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("pipes are watched on Linux only");
        var epoll = new Epoll();
        new Thread(() => Watch(epoll)) { IsBackground = true, Name = "descriptor loop" }.Start();
        return epoll;
    }

    private static void Watch(Epoll epoll)
    {
        Action<ulong, uint> ready = static (key, _) =>
        {
            if (Watched.TryGetValue(key, out var signal))
                signal.Set();
        };
        while (true)
            epoll.Wait(ready);
    }
}
