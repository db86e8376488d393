using Microsoft.Extensions.Logging;
using Volley.Cli.Relays;

namespace Volley.Cli.Run;

/// <summary>The executor of a run, with what it has open: a transport of this program, or relays.</summary>
internal sealed class RunExecutor : IAsyncDisposable
{
    private readonly IAsyncDisposable _owned;
    private bool _isDisposed;

    private RunExecutor(IExecutor executor, IAsyncDisposable owned) => (Inner, _owned) = (executor, owned);

    /// <summary>The executor. It serves all rounds of the run.</summary>
    public IExecutor Inner { get; }

    /// <exception cref="UsageException">The transport is not available for any host.</exception>
    /// <exception cref="Volley.Relay.RelayException">The relays or their server can't be used.</exception>
    public static async Task<RunExecutor> OpenAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        if (settings.Relays is not null)
        {
            var relays = await RelayRun.OpenAsync(settings, logger, time);
            return new(relays.Executor, relays);
        }

        var transport = await RunTransport.OpenAsync(settings, logger, time);
        return new(new ParallelExecutor(transport, time), transport);
    }

    /// <summary>The bytes of output of targets that have ended which are lost: a run that was continued has only what its server still kept.</summary>
    public long MissingOutputBytes => (Inner as Volley.Relay.RelayExecutor)?.MissingOutputBytes ?? 0;

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _owned.DisposeAsync();
    }
}
