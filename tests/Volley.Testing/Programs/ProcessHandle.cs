using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Volley.Testing;

/// <summary>A pidfd (Linux 5.3): it becomes readable when the process ends.</summary>
internal sealed class ProcessHandle : IDisposable
{
    private const int OpenCall = 434;
    private const int NoSuchProcess = 3;
    private readonly int _descriptor;

    public ProcessHandle(int processId)
    {
        _descriptor = (int)Libc.SystemCall(OpenCall, processId, 0);
        if (_descriptor < 0 && Marshal.GetLastPInvokeError() is var error and not NoSuchProcess)
            throw new Win32Exception(error);
    }

    /// <summary>Blocks until the process has ended; false when the time is over first.</summary>
    public bool Wait(TimeSpan limit)
    {
        if (_descriptor < 0)
            return true;
        Span<Libc.PollEntry> entries = [new() { Descriptor = _descriptor, Wanted = Libc.PollIn }];
        return Libc.Poll(entries, (int)limit.TotalMilliseconds);
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
            _ = Libc.Close(_descriptor);
    }
}
