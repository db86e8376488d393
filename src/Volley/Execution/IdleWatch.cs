using System.Globalization;

namespace Volley.Execution;

/// <summary>Ends a command that prints nothing for <see cref="RunPlan.IdleTimeout"/>.</summary>
/// <param name="node">The node of the command.</param>
/// <param name="reader">The reader of the command's output.</param>
internal sealed class IdleWatch(Node node, OutputReader reader) : IDisposable
{
    private readonly TimeSpan _limit = node.Plan.IdleTimeout;
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private bool _isDisposed;

    /// <summary>Starts the watch. It costs nothing for each read: the timer looks at the time of the last one when it fires.</summary>
    public void Start()
    {
        lock (_lock)
            _timer = node.Run.Time.CreateTimer(_ => Check(), null, _limit, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private void Check()
    {
        var left = _limit - reader.Silence;
        if (left <= TimeSpan.Zero)
        {
            node.Deadline.Fire(new NodeResult(NodeOutcome.IdleTimedOut)
            {
                Message = string.Create(CultureInfo.InvariantCulture, $"the command printed nothing for {_limit.TotalSeconds:0.###} s"),
            });
            return;
        }

        lock (_lock)
        {
            if (!_isDisposed)
                _timer!.Change(left, Timeout.InfiniteTimeSpan);
        }
    }
}
