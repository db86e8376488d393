using Microsoft.Extensions.Logging;
using Volley.Interop.Waiting;

namespace Volley.Supervision;

/// <summary>The supervisor of one host, which serves all commands of the run there. It is started for the first and ends with the last.</summary>
internal sealed class SupervisedHost(ITransport transport, SupervisionSettings settings, ILogger logger, TimeProvider time)
{
    private readonly AsyncGate _gate = new(1);
    private Supervisor? _supervisor;
    private int _uses;

    /// <summary>Starts the supervisor if it does not run, and keeps it until the result is disposed.</summary>
    /// <exception cref="TransportException">The host can't be reached or can't be supervised.</exception>
    public async ValueTask<Use> BeginAsync(Target target, CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_supervisor is not { HasEnded: false })
                _supervisor = await Supervisor.StartAsync(transport, target, settings, logger, time, cancellationToken).ConfigureAwait(false);
            _uses++;
            return new(this, _supervisor);
        }
        finally
        {
            _gate.Leave();
        }
    }

    private async ValueTask EndAsync(Supervisor supervisor)
    {
        await _gate.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (--_uses > 0 && supervisor == _supervisor)
                return;
            if (supervisor == _supervisor)
                _supervisor = null;
            else if (supervisor.HasCommands)
                return;
            await supervisor.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>The use of the supervisor by one session.</summary>
    internal sealed class Use(SupervisedHost host, Supervisor supervisor) : IAsyncDisposable
    {
        private int _isDisposed;

        public Supervisor Supervisor => supervisor;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isDisposed, 1) == 0 ? host.EndAsync(supervisor) : ValueTask.CompletedTask;
    }
}
