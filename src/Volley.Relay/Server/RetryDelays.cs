namespace Volley.Relay.Server;

/// <summary>Waits between attempts of a request: from 100 ms to 2 s.</summary>
internal struct RetryDelays(TimeProvider time)
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(2);
    private TimeSpan _next = TimeSpan.FromMilliseconds(100);

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var delay = _next;
        _next = delay * 2 < Most ? delay * 2 : Most;
        return Task.Delay(delay, time, cancellationToken);
    }
}
