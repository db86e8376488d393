using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Transports.Processes;

/// <summary>
/// The one thread that watches all pipes (epoll(7)): reading them through the thread pool would hold a thread for every
/// read that waits.
/// </summary>
internal static class DescriptorLoop
{
    private static readonly ConcurrentDictionary<ulong, ReadySignal> Watched = new();
    private static readonly Lock Gate = new();
    private static Epoll? _epoll;
    private static ulong _lastKey;

    // An exception of a type's initialization would be thrown for ever after, also once there are descriptors again.
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

    /// <summary>Adds a descriptor; nothing is reported until it is armed. The key stands for it from now on.</summary>
    public static ulong Add(SafeFileHandle descriptor, ReadySignal signal)
    {
        var key = Interlocked.Increment(ref _lastKey);
        Watched[key] = signal;
        try
        {
            // epoll(7) reports a hang-up also where nothing is asked for, and without one-shot for ever.
            Epoll.Add(descriptor, key, Interop.Epoll.OneShot);
            return key;
        }
        catch
        {
            Watched.TryRemove(key, out _);
            throw;
        }
    }

    /// <summary>Asks for one report: the descriptor's signal is set once it is ready, or at once if it is.</summary>
    public static void Arm(SafeFileHandle descriptor, ulong key, uint interest) =>
        Epoll.Modify(descriptor, key, interest | Interop.Epoll.OneShot);

    /// <summary>Removes a descriptor, which must be done before it is closed.</summary>
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
