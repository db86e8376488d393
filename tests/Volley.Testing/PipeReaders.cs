namespace Volley.Testing;

/// <summary>Who reads from a pipe that a program writes to.</summary>
internal static class PipeReaders
{
    private const short PollError = 8;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Waits until nobody does, once our own end is closed: a child of another test has all our descriptors, from its fork
    /// to its exec, and what is written meanwhile is lost without an error.
    /// </summary>
    public static void WaitUntilNone(int processId, int descriptor)
    {
        var began = Environment.TickCount64;
        while (HasReader($"/proc/{processId}/fd/{descriptor}") && Environment.TickCount64 - began < Limit.TotalMilliseconds)
            Thread.Yield();
    }

    private static bool HasReader(string path)
    {
        if (Libc.Open(path, Libc.WriteOnly | Libc.NonBlocking | Libc.CloseOnExec) is not (>= 0 and var opened))
            return false;
        // The writing end of a pipe without a reader is in error: poll(2).
        Span<Libc.PollEntry> entries = [new() { Descriptor = opened }];
        Libc.Poll(entries, 0);
        _ = Libc.Close(opened);
        return (entries[0].Got & PollError) == 0;
    }
}
