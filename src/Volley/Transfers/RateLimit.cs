namespace Volley.Transfers;

/// <summary>Limits the rate of a transfer. Each caller reserves time for its bytes, so that callers share the rate.</summary>
/// <param name="bytesPerSecond">The rate.</param>
/// <param name="time">The clock.</param>
internal sealed class RateLimit(long bytesPerSecond, TimeProvider time)
{
    private const int LargestPart = 32 << 10;
    private const int SmallestPart = 1 << 10;
    private const int PartsPerSecond = 8;

    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>A number of bytes of which several fit into a second.</summary>
    public int PartLength { get; } = (int)Math.Clamp(bytesPerSecond / PartsPerSecond, SmallestPart, LargestPart);

    /// <summary>Waits until bytes may be sent.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task WaitAsync(int count, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            wait = _free - now;
            _free = (wait > TimeSpan.Zero ? _free : now) + TimeSpan.FromSeconds((double)count / bytesPerSecond);
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;
    }
}
