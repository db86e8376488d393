using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Volley.Relay.Controller;
using Volley.Relay.Server;
using Volley.Relay.Wire;

namespace Volley.Relay;

/// <summary>
/// Runs plans on relays: the window, the schedule, stops and limits of the run are here, and the work at the targets is theirs. It is one run of a server, of
/// which each plan is a round, and the program that has it is the run's controller.
/// </summary>
public sealed class RelayExecutor : IExecutor, IAsyncDisposable
{
    private readonly RelayRun _run;

    private RelayExecutor(RelayRun run) => _run = run;

    /// <summary>The bytes of output of targets that have ended that were not reported, because they were not stored any more.</summary>
    public long MissingOutputBytes => _run.MissingBytes;

    /// <summary>Makes a run at a server, or takes over one whose controller is gone.</summary>
    /// <param name="server">The server. It is not disposed.</param>
    /// <param name="options">What the run needs besides its plans.</param>
    /// <param name="logger">Receives what users need not see.</param>
    /// <param name="time">The clock; the system clock if null.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The executor.</returns>
    /// <exception cref="RelayException">The server refuses; the run exists already; or, to attach, it does not exist, or has a controller.</exception>
    public static async Task<RelayExecutor> OpenAsync(
        RelayServer server, RelayRunOptions options, ILogger logger, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        return new RelayExecutor(await RelayRun.OpenAsync(server, options, logger, time ?? TimeProvider.System, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads what a program needs to attach to a run.</summary>
    /// <param name="server">The server.</param>
    /// <param name="run">The id of the run.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The run.</returns>
    /// <exception cref="RelayException">There is no such run, or the server does not answer.</exception>
    public static async Task<RelayAttachment> ReadAsync(RelayServer server, string run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(run);
        if (!RelayNames.IsName(run))
            throw new RelayException($"'{run}' can't be the id of a run");
        var bucket = server.OpenBucket(RelayNames.RunBucket(run));
        try
        {
            return await RelayRuns.ReadAsync(bucket, run, cancellationToken).ConfigureAwait(false) is { } info
                && await bucket.GetAsync(RelayNames.EntryKey, cancellationToken).ConfigureAwait(false) is var (entry, _)
                ? new RelayAttachment(info, entry)
                : throw new RelayException($"there is no run {run} at the server");
        }
        catch (Exception failure) when (ServerFailure.IsPassing(failure, cancellationToken))
        {
            throw new RelayException(
                ServerFailure.IsMissing(failure) ? $"there is no run {run} at the server" : $"the NATS server does not answer: {failure.Message}", failure);
        }
    }

    /// <summary>Checks that the targets of a plan can be sent to relays, and that relays of this version serve them. <see cref="RunAsync"/> does so, too.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>A task that completes when the plan was checked.</returns>
    /// <exception cref="RelayException">The plan can't be sent, or no relay serves one of its queues, or a relay has another version.</exception>
    public Task CheckAsync(RunPlan plan, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Jobs.JobBuilder.Check(plan, _run.Options.Connections);
        return _run.Directory.CheckAsync(plan.Targets.Select(_run.Options.Queue).Distinct(), cancellationToken);
    }

    /// <summary>Runs a plan as the next round of the run. It begins when the first event is requested.</summary>
    /// <param name="plan">The targets, the job and the limits.</param>
    /// <param name="control">The handle to stop or watch it, or null. It serves one plan only.</param>
    /// <param name="cancellationToken">Stops it with <see cref="StopReason.Requested"/>; the stream still ends normally.</param>
    /// <returns>The events. Every target gets exactly one <see cref="NodeFinished"/>.</returns>
    /// <exception cref="ArgumentNullException">The plan is null.</exception>
    /// <exception cref="RelayException">The plan can't be sent to relays, or no relay serves it. Thrown by the enumeration, before anything starts.</exception>
    public IAsyncEnumerable<NodeEvent> RunAsync(RunPlan plan, RunControl? control = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return EnumerateAsync(plan, control, cancellationToken);
    }

    /// <summary>Tells the relays that the run is over, and removes what it has stored at the server.</summary>
    /// <returns>A task that completes when the run is closed, after a second at most.</returns>
    public ValueTask DisposeAsync() => _run.DisposeAsync();

    private async IAsyncEnumerable<NodeEvent> EnumerateAsync(
        RunPlan plan, RunControl? control, CancellationToken callerToken, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var own = control is null ? new RunControl() : null;
        control ??= own!;
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(callerToken, cancellationToken);
        var round = await BeginAsync(plan, control, stopping.Token).ConfigureAwait(false);
        await foreach (var nodeEvent in new ParallelExecutor((_, _) => round, _run.Time).RunAsync(plan, control, stopping.Token).ConfigureAwait(false))
            yield return nodeEvent;
    }

    private async Task<RelayRound> BeginAsync(RunPlan plan, RunControl control, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _ = control.Stopped.ContinueWith(
            (_, source) => TryCancel((CancellationTokenSource)source!), stopping, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            stopping.Token.ThrowIfCancellationRequested();
            return await _run.BeginRoundAsync(plan, control, stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The executor reports all targets as not started.
            return _run.CreateStopped(plan, control);
        }
    }

    private static void TryCancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The round has begun, and its stop is the executor's.
        }
    }
}
