using Volley.Interop.Waiting;

namespace Volley.Elevation;

/// <summary>
/// The trial of a run's password at one target, before any other target gets it: accounts are often locked after a few wrong passwords, and all
/// targets may share them.
/// </summary>
internal sealed class PasswordTrial
{
    private readonly AsyncGate _gate = new(1);
    private volatile bool _isAccepted;
    private volatile Target? _refusedAt;

    /// <summary>Whether a target has accepted the password.</summary>
    public bool IsAccepted => _isAccepted;

    /// <summary>The target that refused the password before any other had accepted it; null if there is no such target.</summary>
    public Target? RefusedAt => _refusedAt;

    /// <summary>Waits until the trial is over, or this target is the one to try the password.</summary>
    /// <returns>The turn of the target. Check <see cref="RefusedAt"/> before the password is sent.</returns>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<Turn> BeginAsync(CancellationToken cancellationToken)
    {
        if (_isAccepted || _refusedAt is not null)
            return new Turn(this, holdsGate: false);
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (!_isAccepted && _refusedAt is null)
            return new Turn(this, holdsGate: true);
        _gate.Leave();
        return new Turn(this, holdsGate: false);
    }

    /// <summary>The turn of one target. Without a result, as after a time limit, the next target tries the password.</summary>
    internal sealed class Turn(PasswordTrial trial, bool holdsGate) : IDisposable
    {
        private int _isDisposed;

        /// <summary>Records that the target accepted the password.</summary>
        public void Accept()
        {
            trial._isAccepted = true;
            Dispose();
        }

        /// <summary>Records that the target refused the password.</summary>
        public void Refuse(Target target)
        {
            if (holdsGate)
                trial._refusedAt = target;
            Dispose();
        }

        public void Dispose()
        {
            if (holdsGate && Interlocked.Exchange(ref _isDisposed, 1) == 0)
                trial._gate.Leave();
        }
    }
}
