using Volley.Interop.Waiting;

namespace Volley.Transports.Pacing;

/// <summary>One login that several targets of a run may share. They try one after the other, and a failure applies to those that waited.</summary>
internal sealed class PacedLogin(ITransport inner, RetrySchedule schedule)
{
    private readonly AsyncGate _gate = new(1);
    private RetryBudget _budget = schedule.NewBudget();
    private TransportException? _failure;
    private int _failures;
    private int _isReached;

    /// <summary>The number of targets that are connecting with this login. The transport's lock guards it.</summary>
    public int Users { get; set; }

    /// <summary>Whether the last try failed.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) is not null;

    public async ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        var failures = Volatile.Read(ref _failures);
        // After one success the targets connect concurrently: the inner transport serves them with one login.
        if (Volatile.Read(ref _isReached) == 0)
        {
            await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (Volatile.Read(ref _isReached) == 0)
                    return await TryAsync(target, failures, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _gate.Leave();
            }
        }

        try
        {
            return Returned.NotNull(await inner.ConnectAsync(target, cancellationToken).ConfigureAwait(false), inner, nameof(ITransport.ConnectAsync));
        }
        catch (TransportException failure) when (failure.Retry != RetryAdvice.Never)
        {
            // The connection was lost in the meantime, so this target starts over.
            Volatile.Write(ref _isReached, 0);
            return await ConnectAsync(target, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ISession> TryAsync(Target target, int failures, CancellationToken cancellationToken)
    {
        // A try that failed while this target waited counts for this target too.
        if (_failure is not null && failures != _failures)
            throw new TransportException(_failure.Outcome, _failure.Message, _failure) { Stderr = _failure.Stderr, Remedy = _failure.Remedy };
        try
        {
            var session = await schedule.RunAsync(
                target, _budget, token => inner.ConnectAsync(target, token), cancellationToken).ConfigureAwait(false);
            Returned.NotNull(session, inner, nameof(ITransport.ConnectAsync));
            _budget = schedule.NewBudget();
            Volatile.Write(ref _failure, null);
            Volatile.Write(ref _isReached, 1);
            return session;
        }
        catch (TransportException failure) when (!failure.IsUnstarted)
        {
            Volatile.Write(ref _failure, failure);
            Volatile.Write(ref _failures, _failures + 1);
            throw;
        }
    }
}
