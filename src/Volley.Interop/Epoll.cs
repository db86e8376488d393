using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Volley.Interop;

/// <summary>An instance of epoll(7), which reports the descriptors that are ready.</summary>
internal sealed unsafe partial class Epoll
{
    public const uint In = 1;
    public const uint Out = 4;
    public const uint Error = 8;
    public const uint HangUp = 0x10;
    public const uint PeerHasEnded = 0x2000;     // EPOLLRDHUP
    public const uint OneShot = 1u << 30;
    public const uint EdgeTriggered = 1u << 31;

    private const int MostEvents = 256;
    private const int AddOperation = 1;
    private const int RemoveOperation = 2;
    private const int ModifyOperation = 3;
    private const int CloseOnExec = 0x80000;

    // struct epoll_event is packed on x86-64 and naturally aligned elsewhere.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventSize - sizeof(ulong);

    private readonly int _descriptor;
    private readonly byte[] _events = new byte[16 * MostEvents];

    /// <exception cref="Win32Exception">There are too many open files, or no memory is left.</exception>
    [SupportedOSPlatform("linux")]
    public Epoll()
    {
        _descriptor = Create(CloseOnExec);
        if (_descriptor < 0)
            throw new Win32Exception(Errno.Last);
    }

    /// <summary>Adds a descriptor; <see cref="Wait"/> reports it by the key.</summary>
    public void Add(SafeHandle descriptor, ulong key, uint interest) => Control(AddOperation, descriptor, key, interest);

    /// <summary>Changes the events that are reported for a descriptor.</summary>
    public void Modify(SafeHandle descriptor, ulong key, uint interest) => Control(ModifyOperation, descriptor, key, interest);

    /// <summary>Removes a descriptor, which must still be open.</summary>
    public void Remove(SafeHandle descriptor) => Control(RemoveOperation, descriptor, 0, 0);

    /// <summary>Waits until descriptors are ready, and reports them one by one. For one thread at a time.</summary>
    /// <param name="ready">Receives the key of a descriptor, and its events.</param>
    public void Wait(Action<ulong, uint> ready)
    {
        int count;
        // Fails only if a signal interrupts the call; the count is then negative.
        fixed (byte* events = _events)
            count = WaitFor(_descriptor, events, MostEvents, timeout: -1);
        for (var i = 0; i < count; i++)
        {
            var one = _events.AsSpan(i * EventSize, EventSize);
            ready(BinaryPrimitives.ReadUInt64LittleEndian(one[DataOffset..]), BinaryPrimitives.ReadUInt32LittleEndian(one));
        }
    }

    private void Control(int operation, SafeHandle descriptor, ulong key, uint interest)
    {
        var epollEvent = stackalloc byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(epollEvent, 4), interest);
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(epollEvent + DataOffset, 8), key);
        if (Control(_descriptor, operation, descriptor, epollEvent) != 0)
            throw new Win32Exception(Errno.Last);
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, SafeHandle descriptor, byte* epollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    private static partial int WaitFor(int epoll, byte* events, int maxEvents, int timeout);
}
