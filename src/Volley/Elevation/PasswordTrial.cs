using Volley.Interop.Waiting;

namespace Volley.Elevation;

/// <summary>
/// The trial of a run's password at one target, before any other target gets it: accounts are often locked after a few wrong passwords, and all
/// targets may share them. A target that neither accepts nor refuses it passes the trial on, which ends after a few such targets.
/// </summary>
internal sealed class PasswordTrial
{
    /// <summary>The number of targets that may get the password before one has accepted it.</summary>
    private const int MaxUndecided = 3;

    private readonly AsyncGate _gate = new(1);
    private volatile bool _isAccepted;
    private volatile Target? _refusedAt;
    private volatile Target? _givenUpAt;
    private int _undecided;

    /// <summary>Whether a target has accepted the password.</summary>
    public bool IsAccepted => _isAccepted;

    /// <summary>The target that refused the password before any other had accepted it; null if there is no such target.</summary>
    public Target? RefusedAt => _refusedAt;

    /// <summary>The last target of a trial that has ended without an answer; null if there is no such target.</summary>
    public Target? GivenUpAt => _givenUpAt;

    private bool IsOver => _isAccepted || _refusedAt is not null || _givenUpAt is not null;

    /// <summary>Waits until the trial is over, or this target is the one to try the password.</summary>
    /// <param name="target">The target.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The turn of the target. Check <see cref="RefusedAt"/> and <see cref="GivenUpAt"/> before the password is sent.</returns>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<Turn> BeginAsync(Target target, CancellationToken cancellationToken)
    {
        if (IsOver)
            return new Turn(this, target, holdsGate: false);
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (!IsOver)
            return new Turn(this, target, holdsGate: true);
        _gate.Leave();
        return new Turn(this, target, holdsGate: false);
    }

    private void AddUndecided(Target target)
    {
        if (++_undecided == MaxUndecided)
            _givenUpAt = target;
    }

    /// <summary>The turn of one target. Without a result, as after a time limit, the next target tries the password.</summary>
    internal sealed class Turn(PasswordTrial trial, Target target, bool holdsGate) : IDisposable
    {
        private int _isDisposed;
        private bool _hasSent;
        private bool _isDecided;

        /// <summary>Records that the target gets the password.</summary>
        public void Send() => _hasSent = true;

        /// <summary>Records that the target accepted the password.</summary>
        public void Accept()
        {
            trial._isAccepted = true;
            _isDecided = true;
            Dispose();
        }

        /// <summary>Records that the target refused the password.</summary>
        public void Refuse()
        {
            if (holdsGate)
                trial._refusedAt = target;
            _isDecided = true;
            Dispose();
        }

        public void Dispose()
        {
            if (!holdsGate || Interlocked.Exchange(ref _isDisposed, 1) != 0)
                return;
            if (_hasSent && !_isDecided)
                trial.AddUndecided(target);
            trial._gate.Leave();
        }
    }
}
