using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Transports.Sharing;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The control masters of one run: one login per distinct connection, shared by all its targets and commands.</summary>
internal sealed partial class MasterPool : ILoginSource<MasterRequest, Master>, IAsyncDisposable
{
    /// <summary>The resolution at which the use of masters is recorded, in milliseconds.</summary>
    private const int TouchInterval = 1000;

    /// <summary>The file descriptors that one master needs in this process.</summary>
    private const int DescriptorsPerMaster = 5;

    private const int MaxProcesses = 1024;

    private readonly SshOptions _options;
    private readonly OpenSshLauncher _launcher;
    private readonly MasterDirectory _directory;
    private readonly ILogger _logger;
    private readonly MasterKeys _keys;
    private readonly LiveMasters _live;
    private readonly MasterStarter _starter;
    private readonly SharedLogins<MasterRequest, Master> _logins;
    private volatile bool _hasDeafMaster;
    private volatile bool _hasStarted;

    /// <summary>Creates a pool without masters.</summary>
    /// <param name="options">The options of the transport.</param>
    /// <param name="launcher">Starts ssh.</param>
    /// <param name="directory">The directory of the sockets.</param>
    /// <param name="configuration">The user's configuration.</param>
    /// <param name="maxIdle">The number of unused masters to keep connected.</param>
    /// <param name="logger">Receives messages about masters.</param>
    public MasterPool(SshOptions options, OpenSshLauncher launcher, MasterDirectory directory, SshConfiguration configuration, int maxIdle, ILogger logger)
    {
        (_options, _launcher, _directory, _logger) = (options, launcher, directory, logger);
        var connector = new MasterConnector(configuration);
        _keys = new MasterKeys(options, launcher, directory, configuration);
        _live = new LiveMasters(options, directory, connector, logger);
        _starter = new MasterStarter(options, launcher, directory, configuration, connector, logger);
        _logins = new SharedLogins<MasterRequest, Master>(this, maxIdle);
    }

    /// <summary>
    /// Returns the default number of unused masters, for targets that recur. Each costs a process and five file descriptors. Half of the
    /// descriptor limit is left to masters in use.
    /// </summary>
    /// <param name="openFiles">The limit on open files.</param>
    public static int GetMaxIdle(ulong openFiles) => (int)Math.Clamp(openFiles / 2 / DescriptorsPerMaster, 1, MaxProcesses);

    /// <summary>Returns a master for a target: one of this run, another existing one, or a new one.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    public async Task<Master> GetAsync(Target target, SshRoute route, TimeSpan spent, CancellationToken cancellationToken)
    {
        var request = CreateRequest(target, route.CheckEnd()) with { MayStart = true, Spent = spent };
        return (await GetAsync(request, LoginUse.Command, cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Returns a master for a target that exists, or that this run is starting; null if there is none.</summary>
    /// <exception cref="TransportException">A master was being started, and the target can't be reached.</exception>
    public Task<Master?> FindAsync(Target target, SshRoute route, CancellationToken cancellationToken) =>
        GetAsync(CreateRequest(target, route), LoginUse.Command, cancellationToken);

    /// <summary>
    /// Returns whether a live master for a jump host on the route existed before this run. If so, ssh uses it and needs no login there.
    /// </summary>
    public async Task<bool> HasLiveHopAsync(Target target, SshRoute route, CancellationToken cancellationToken)
    {
        foreach (var hop in CreateRequest(target, route).ForHops())
        {
            try
            {
                if (await GetAsync(hop, LoginUse.Hop, cancellationToken).ConfigureAwait(false) is not { } master)
                    continue;
                await ReleaseAsync(master).ConfigureAwait(false);
                if (!master.IsOurs)
                    return true;
            }
            catch (TransportException)
            {
                // A master that was being started for another target failed.
            }
        }

        return false;
    }

    /// <summary>Gives each further command of a master's login its own master.</summary>
    public ValueTask StopSharingAsync(Master master, Target target) =>
        _logins.StopSharing(master) ? ReportUnsharedAsync(target) : ValueTask.CompletedTask;

    /// <summary>Returns a master to the pool.</summary>
    public ValueTask ReleaseAsync(Master master) => _logins.ReleaseAsync(master);

    /// <summary>Ends the masters that belong to this run alone, and disconnects from the others.</summary>
    public async ValueTask DisposeAsync()
    {
        var masters = _logins.Close();
        var own = masters.Select(master => master.Socket).ToHashSet();
        var surplus = _options.Keep is null ? [] : WithdrawSurplus(masters, own);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 64 };
        // Leaving a master that continues to run is cheap; ending one takes another connection.
        var living = masters.Where(master => master.End != MasterEnd.WithRun && !surplus.Contains(master.Socket)).ToList();
        await Task.WhenAll(living.Select(master => CloseAsync(master, isWithdrawn: false))).ConfigureAwait(false);
        if (masters.Count > living.Count)
        {
            await Parallel.ForEachAsync(
                masters.Except(living),
                parallel,
                async (master, _) => await CloseAsync(master, surplus.Contains(master.Socket)).ConfigureAwait(false)).ConfigureAwait(false);
        }

        if (surplus.Count > 0)
        {
            await Parallel.ForEachAsync(
                surplus.Where(socket => !own.Contains(socket)),
                parallel,
                async (socket, _) => await Master.EndAsync(socket).ConfigureAwait(false)).ConfigureAwait(false);
        }

        await _logins.WaitForClosingAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Sockets that a crash has left do no harm, so only a run that has started a master looks for them. A master of its own may have been lost.
        if (_hasStarted)
            _directory.RemoveStale();
        await _starter.StopGuardAsync(_hasDeafMaster).ConfigureAwait(false);
    }

    /// <inheritdoc cref="MasterStarter.RemoveUnfinished"/>
    public void RemoveUnfinished() => _starter.RemoveUnfinished();

    async Task<Master?> ILoginSource<MasterRequest, Master>.LogInAsync(MasterRequest request, CancellationToken cancellationToken) =>
        await _live.FindAsync(request, cancellationToken).ConfigureAwait(false)
        ?? (request.MayStart ? await StartAsync(request, _options.Keep, cancellationToken).ConfigureAwait(false) : null);

    // No other command gets it, in this run or another.
    async Task<Master?> ILoginSource<MasterRequest, Master>.LogInForOneCommandAsync(MasterRequest request, CancellationToken cancellationToken) =>
        request.MayStart ? await StartAsync(request, keep: null, cancellationToken).ConfigureAwait(false) : null;

    // A master is a process of this machine. It ends when its connection does, which its socket shows.
    ValueTask<bool> ILoginSource<MasterRequest, Master>.IsAliveAsync(Master idle, MasterRequest request, CancellationToken cancellationToken) =>
        new(!idle.IsOver);

    TransportException? ILoginSource<MasterRequest, Master>.Remember(TransportException failure) => null;

    ValueTask ILoginSource<MasterRequest, Master>.OnSharingStoppedAsync(MasterRequest request) => ReportUnsharedAsync(request.Target);

    private async ValueTask ReportUnsharedAsync(Target target)
    {
        await LoggingThread.SwitchAsync(_logger);
        LogUnshared(_logger, target.Label);
    }

    ValueTask ILoginSource<MasterRequest, Master>.CloseAsync(Master master) => new(CloseAsync(master, isWithdrawn: false));

    private MasterRequest CreateRequest(Target target, SshRoute route) => new(target, route, _launcher.Command);

    private async Task<Master?> GetAsync(MasterRequest request, LoginUse use, CancellationToken cancellationToken)
    {
        var key = await _keys.ComputeAsync(request, cancellationToken).ConfigureAwait(false);
        request = request with { Key = key };
        if (!request.MayStart && !_logins.Contains(key) && !_live.MayContain(request))
            return null;
        return (await _logins.GetAsync(key, request, use, cancellationToken).ConfigureAwait(false)).Login;
    }

    private async Task<Master> StartAsync(MasterRequest request, TimeSpan? keep, CancellationToken cancellationToken)
    {
        _hasStarted = true;
        if (request.ForHop() is not { } hop)
            return await _starter.StartAsync(request, request.Command, keep, cancellationToken).ConfigureAwait(false);

        var hopMaster = await GetHopAsync(hop, cancellationToken).ConfigureAwait(false);
        await hopMaster.Forwards.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _starter.StartAsync(request, request.Command.Behind(hop.Target, hopMaster.Socket), keep, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            var message = hopMaster.RefusedForward() ?? failure.Message;
            // A jump host that can't connect to the target reports that. Without a report, the target dropped the connection.
            var retry = failure.IsUnexplained && !hopMaster.HasRefusedForwards ? RetryAdvice.ServerBusy : failure.Retry;
            throw failure.Rephrased($"behind {hop.Route.Name}: {message}", retry: retry);
        }
        finally
        {
            hopMaster.Forwards.Leave();
        }
    }

    private async Task<Master> GetHopAsync(MasterRequest hop, CancellationToken cancellationToken)
    {
        try
        {
            // Never released: connections that are not counted pass through it until the end of the run.
            return (await GetAsync(hop, LoginUse.Hop, cancellationToken).ConfigureAwait(false))!;
        }
        catch (TransportException failure)
        {
            throw failure.Rephrased($"jump host {hop.Route.Name}: {failure.Message}");
        }
    }

    /// <summary>Disconnects from a master. Ends it if it belongs to this run, or was withdrawn from the others.</summary>
    private async Task CloseAsync(Master master, bool isWithdrawn)
    {
        var isOver = master.IsOver;
        await master.DisposeAsync().ConfigureAwait(false);
        if (master.End == MasterEnd.WithRun || isWithdrawn)
            _hasDeafMaster |= !await Master.EndAsync(master.Socket).ConfigureAwait(false);
        else if (isOver && MasterDirectory.IsShared(master.Socket))
            _directory.RemoveLocked(master.Socket);
        else if (Environment.TickCount64 - master.Touched > TouchInterval)
            MasterDirectory.Touch(master.Socket);
    }

    /// <summary>Hides the masters that are too many from other runs. Returns the sockets of those to end.</summary>
    private IReadOnlyList<string> WithdrawSurplus(IReadOnlyList<Master> masters, HashSet<string> own)
    {
        var started = masters.Where(master => master.IsOurs).Select(master => master.Socket).ToHashSet();
        try
        {
            return _hasStarted || _directory.CountShared() > _options.KeepMax
                ? _directory.WithdrawIdle((notes, isIdle) => ChooseSurplus(notes, isIdle, started), own)
                : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The directory was removed, so no run can find the masters.
            return [];
        }
    }

    /// <summary>Returns the surplus masters: those that this run and another one have started, then the least recently used ones.</summary>
    private IEnumerable<MasterNote> ChooseSurplus(IReadOnlyList<MasterNote> notes, Func<MasterNote, bool> isIdle, HashSet<string> started)
    {
        var twins = notes.GroupBy(note => MasterDirectory.GetKey(note.Socket))
            .SelectMany(same => same.Where(one => started.Contains(one.Socket) && isIdle(one) && same.Any(other => other != one && other.Keep >= one.Keep)))
            .ToHashSet();
        var excess = Math.Max(0, notes.Count - twins.Count - _options.KeepMax);
        return [.. twins, .. notes.Reverse().Where(note => !twins.Contains(note) && isIdle(note)).Take(excess)];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: its server can't share a connection, so each command gets its own")]
    private static partial void LogUnshared(ILogger logger, string node);
}
