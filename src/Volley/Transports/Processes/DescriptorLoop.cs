using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Volley.Transports.Processes;

/// <summary>
/// The one thread that watches all pipes (epoll(7)): reading them through the thread pool would hold a thread for every
/// read that waits.
/// </summary>
internal static unsafe class DescriptorLoop
{
    // struct epoll_event is packed on x86-64 and naturally aligned elsewhere.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - sizeof(ulong);
    private static readonly ConcurrentDictionary<ulong, ReadySignal> Watched = new();
    private static readonly int Epoll = Start();
    private static ulong _lastKey;

    /// <summary>Adds a descriptor; nothing is reported until it is armed. The key stands for it from now on.</summary>
    public static ulong Add(SafeFileHandle descriptor, ReadySignal signal)
    {
        var key = Interlocked.Increment(ref _lastKey);
        Watched[key] = signal;
        // epoll(7) reports a hang-up also where nothing is asked for, and without one-shot for ever.
        Control(Libc.EpollAdd, descriptor, key, Libc.EpollOneShot);
        return key;
    }

    /// <summary>Asks for one report: the descriptor's signal is set once it is ready, or at once if it is.</summary>
    public static void Arm(SafeFileHandle descriptor, ulong key, uint interest) =>
        Control(Libc.EpollModify, descriptor, key, interest | Libc.EpollOneShot);

    /// <summary>Removes a descriptor, which must be done before it is closed.</summary>
    public static void Remove(SafeFileHandle descriptor, ulong key)
    {
        Watched.TryRemove(key, out _);
        Control(Libc.EpollDelete, descriptor, key, 0);
    }

    private static void Control(int operation, SafeFileHandle descriptor, ulong key, uint interest)
    {
        var epollEvent = stackalloc byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(epollEvent, 4), interest);
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(epollEvent + DataOffset, 8), key);
        if (Libc.ControlEpoll(Epoll, operation, descriptor, epollEvent) != 0)
            throw new Win32Exception();
    }

    private static int Start()
    {
        var epoll = Libc.CreateEpoll(Libc.EpollCloseOnExec);
        if (epoll < 0)
            throw new Win32Exception();
        new Thread(() => Watch(epoll)) { IsBackground = true, Name = "descriptor loop" }.Start();
        return epoll;
    }

    private static void Watch(int epoll)
    {
        const int MaxEvents = 256;
        var events = stackalloc byte[16 * MaxEvents];
        while (true)
        {
            // Fails only when a signal interrupts it.
            var count = Libc.WaitEpoll(epoll, events, MaxEvents, -1);
            for (var i = 0; i < count; i++)
            {
                var key = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(events + (i * EventSize) + DataOffset, 8));
                if (Watched.TryGetValue(key, out var signal))
                    signal.Set();
            }
        }
    }
}
