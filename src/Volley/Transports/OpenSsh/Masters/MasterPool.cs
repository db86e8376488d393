using Microsoft.Extensions.Logging;
using Volley.Ssh;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The control masters of one run: one login per distinct connection, shared by all its targets and commands.</summary>
internal sealed partial class MasterPool(
    OpenSshOptions options, OpenSshLauncher launcher, MasterFolder folder, HostRoutes routes, int mostIdle, ILogger logger) : IAsyncDisposable
{
    /// <summary>The time limit for an answer. A master is a local process: one that does not answer at once is stuck.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long a master that belongs to this run alone continues if this process is killed.</summary>
    private static readonly TimeSpan Orphaned = TimeSpan.FromSeconds(10);

    /// <summary>The resolution at which the use of masters is recorded, in milliseconds.</summary>
    private const int Recently = 1000;

    /// <summary>The number of connections that are made through one jump host at the same time.</summary>
    private const int HopLimit = 64;

    /// <summary>The file descriptors that one master needs in this process.</summary>
    private const int DescriptorsOfMaster = 5;

    private const int MostProcesses = 1024;

    private readonly WindowBudget _budget = new();
    private readonly MasterKeys _keys = new(options, launcher, folder, routes);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly List<Master> _masters = [];
    private MasterGuard? _guard;
    private volatile bool _hasDeafMaster;
    private long _lastUse;

    /// <summary>
    /// Returns the number of unused masters to keep connected, for targets that recur. Each costs a process and five file descriptors. Half
    /// of the descriptor limit is left to masters in use.
    /// </summary>
    /// <param name="openFiles">The limit on open files.</param>
    public static int MostIdle(ulong openFiles) => (int)Math.Clamp(openFiles / 2 / DescriptorsOfMaster, 1, MostProcesses);

    /// <summary>Returns a master for a target: one of this run, another existing one, or a new one.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    public Task<Master> GetAsync(Target target, HostRoute route, TimeSpan spent, CancellationToken cancellationToken) =>
        GetAsync(Of(target, route) with { Spent = spent }, isHop: false, cancellationToken);

    /// <summary>Returns a master for a target that exists, or that this run is starting; null if there is none.</summary>
    /// <exception cref="TransportException">A master was being started, and the target can't be reached.</exception>
    public Task<Master?> FindAsync(Target target, HostRoute route, CancellationToken cancellationToken) =>
        GetAsync(Of(target, route), mayStart: false, isHop: false, cancellationToken);

    private Place Of(Target target, HostRoute route) => new(target, options.Jump ?? route.Jump, route, launcher.Command);

    private async Task<Master> GetAsync(Place place, bool isHop, CancellationToken cancellationToken) =>
        (await GetAsync(place, mayStart: true, isHop, cancellationToken).ConfigureAwait(false))!;

    private async Task<Master?> GetAsync(Place place, bool mayStart, bool isHop, CancellationToken cancellationToken)
    {
        var key = await _keys.OfAsync(place, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (!isHop && _unshared.Contains(key))
                return mayStart ? await StartOwnAsync(place, key, cancellationToken).ConfigureAwait(false) : null;
            if (Join(place, key, mayStart) is not { } entry)
                return null;
            try
            {
                var master = await entry.Starting.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (master is { Connection.IsForOneCommand: true } && !isHop)
                    StopSharing(master, place.Target);
                if (master is not null && TryUse(master, isHop))
                    return master;
                Forget(key, entry);
                if (master is null && !mayStart)
                    return null;
            }
            catch when (entry.Starting.IsFaulted)
            {
                // The next request tries again.
                Forget(key, entry);
                throw;
            }
            finally
            {
                Leave(key, entry);
            }
        }
    }

    /// <summary>Returns a master to the pool.</summary>
    public async ValueTask ReleaseAsync(Master master)
    {
        Master? longestIdle;
        lock (_lock)
        {
            master.Users--;
            master.LastUse = ++_lastUse;
            longestIdle = master.Users == 0 && _unshared.Contains(master.Key) ? master
                : _masters.Count > mostIdle ? _masters.Where(m => m.Users == 0).MinBy(m => m.LastUse) : null;
            if (longestIdle is null)
                return;
            longestIdle.IsRetired = true;
            _masters.Remove(longestIdle);
            // The entry may already hold its successor.
            if (_entries.TryGetValue(longestIdle.Key, out var entry) && entry.Starting is { IsCompletedSuccessfully: true, Result: { } current } && current == longestIdle)
                _entries.Remove(longestIdle.Key);
        }

        await LetGoAsync(longestIdle, isWithdrawn: false).ConfigureAwait(false);
    }

    /// <summary>Ends the masters that belong to this run alone, and disconnects from the others.</summary>
    public async ValueTask DisposeAsync()
    {
        Master[] masters;
        lock (_lock)
            masters = [.. _masters];
        var own = masters.Select(master => master.Socket).ToHashSet();
        var surplus = options.Keep is null ? [] : WithdrawSurplus(own);
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = 64 };
        // Leaving a master that continues to run is cheap; ending one takes another connection.
        var living = masters.Where(master => master.End != MasterEnd.WithRun && !surplus.Contains(master.Socket)).ToList();
        await Task.WhenAll(living.Select(master => LetGoAsync(master, isWithdrawn: false))).ConfigureAwait(false);
        if (masters.Length > living.Count)
        {
            await Parallel.ForEachAsync(
                masters.Except(living), atOnce, async (master, _) => await LetGoAsync(master, surplus.Contains(master.Socket)).ConfigureAwait(false)).ConfigureAwait(false);
        }

        if (surplus.Count > 0)
        {
            await Parallel.ForEachAsync(
                surplus.Where(socket => !own.Contains(socket)), atOnce, async (socket, _) => await EndAsync(socket).ConfigureAwait(false)).ConfigureAwait(false);
        }

        // Sockets that a crash has left do no harm, so only a run that has started a master looks for them.
        if (masters.Any(master => master.IsOurs))
            folder.RemoveStale();
        if (_guard is not null)
            await _guard.DisposeAsync(_hasDeafMaster).ConfigureAwait(false);
    }

    /// <summary>Removes the remains of abandoned logins. Call it after all ssh processes have ended.</summary>
    public void RemoveUnfinished()
    {
        // Without masters for this run alone, there are no sockets with this prefix.
        if (_guard is not null)
            MasterFolder.RemoveUnfinished(folder.OwnPrefix);
    }

    private void Guard()
    {
        lock (_lock)
            _guard ??= new MasterGuard(folder.OwnPrefix, options.Program);
    }

    private IReadOnlyList<string> WithdrawSurplus(HashSet<string> own)
    {
        try
        {
            bool hasStarted;
            lock (_lock)
                hasStarted = _masters.Exists(master => master.IsOurs);
            return hasStarted || folder.CountShared() > options.KeepMax ? folder.WithdrawIdle(Surplus, own) : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The directory was removed, so no run can find the masters.
            return [];
        }
    }

    /// <summary>Returns the surplus masters: those of this run that another run has started too, then the least recently used ones.</summary>
    private IEnumerable<MasterNote> Surplus(IReadOnlyList<MasterNote> notes, Func<MasterNote, bool> isIdle)
    {
        HashSet<string> started;
        lock (_lock)
            started = [.. _masters.Where(master => master.IsOurs).Select(master => master.Socket)];
        var twins = notes.GroupBy(note => MasterFolder.KeyOf(note.Socket))
            .SelectMany(same => same.Where(one => started.Contains(one.Socket) && isIdle(one) && same.Any(other => other != one && other.Keep >= one.Keep)))
            .ToHashSet();
        var excess = Math.Max(0, notes.Count - twins.Count - options.KeepMax);
        return [.. twins, .. notes.Reverse().Where(note => !twins.Contains(note) && isIdle(note)).Take(excess)];
    }

    private async Task LetGoAsync(Master master, bool isWithdrawn)
    {
        var isOver = master.IsOver;
        await master.DisposeAsync().ConfigureAwait(false);
        if (master.End == MasterEnd.WithRun || isWithdrawn)
            _hasDeafMaster |= !await EndAsync(master.Socket).ConfigureAwait(false);
        else if (isOver && MasterFolder.IsShared(master.Socket))
            Remove(master.Socket);
        else if (Environment.TickCount64 - master.Touched > Recently)
            MasterFolder.Touch(master.Socket);
    }

    private bool TryUse(Master master, bool isHop)
    {
        lock (_lock)
        {
            if (master.IsOver || master.IsRetired)
                return false;
            // Connections through a jump host are not commands, so they may share it.
            if (master.Users > 0 && master.Connection.IsForOneCommand && !isHop)
                return false;
            master.Users++;
            return true;
        }
    }

    /// <summary>Joins the login for a key, and starts it if necessary.</summary>
    /// <returns>The login, in progress or done; null if there is none and none may be started.</returns>
    private Entry? Join(Place place, string key, bool mayStart)
    {
        var isWorthALook = mayStart || Sockets(place, key).Any();
        Entry? entry;
        Task<Task<Master?>>? start = null;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out entry))
            {
                if (!isWorthALook)
                    return null;
                var made = entry = new Entry();
                _entries[key] = made;
                start = new(() => FindOrStartAsync(place, key, mayStart, made.Abandoned.Token));
                made.Starting = start.Unwrap();
            }

            entry.Waiting++;
        }

        // Runs synchronously on this thread up to its first wait, but outside the lock.
        start?.RunSynchronously(TaskScheduler.Default);
        return entry;
    }

    /// <summary>Removes a target that waits for a login. The login is canceled when the last one leaves.</summary>
    private void Leave(string key, Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Waiting > 0 || entry.Starting.IsCompleted)
                return;
        }

        Forget(key, entry);
        _ = entry.Abandoned.CancelAsync();
    }

    private void Forget(string key, Entry entry)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var current) && current == entry)
                _entries.Remove(key);
        }
    }

    private async Task<Master?> FindOrStartAsync(Place place, string key, bool mayStart, CancellationToken cancellationToken)
    {
        var master = await FindAsync(place, key, cancellationToken).ConfigureAwait(false)
            ?? (mayStart ? await StartAsync(place, key, options.Keep, cancellationToken).ConfigureAwait(false) : null);
        if (master is null)
            return null;
        lock (_lock)
        {
            master.Key = key;
            _masters.Add(master);
        }

        return master;
    }

    private async Task<Master> StartAsync(Place place, string key, TimeSpan? keep, CancellationToken cancellationToken)
    {
        if (JumpHosts.Last(place.Jump) is not var (hop, before))
            return await StartAsync(place, place.Command, key, keep, cancellationToken).ConfigureAwait(false);

        var hopMaster = await GetHopAsync(place, hop, before, cancellationToken).ConfigureAwait(false);
        await hopMaster.Forwards.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await StartAsync(place, place.Command.Behind(hop, hopMaster.Socket), key, keep, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            var message = hopMaster.RefusedForward() ?? failure.Message;
            // A jump host that can't connect to the target reports that. Without a report, the target dropped the connection.
            var retry = failure.IsUnexplained && !hopMaster.HasRefusedForwards ? RetryAdvice.ServerBusy : failure.Retry;
            throw failure.Rephrased($"behind {hop.Name}: {message}", retry: retry);
        }
        finally
        {
            hopMaster.Forwards.Release();
        }
    }

    private async Task<Master> GetHopAsync(Place place, Target hop, string? before, CancellationToken cancellationToken)
    {
        var hopPlace = await place.HopAsync(hop, before, routes, cancellationToken).ConfigureAwait(false);
        try
        {
            // Never released: connections that are not counted pass through it until the end of the run.
            return await GetAsync(hopPlace, isHop: true, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw failure.Rephrased($"jump host {hop.Name}: {failure.Message}");
        }
    }

    private async Task<Master> StartAsync(Place place, OpenSshCommand command, string key, TimeSpan? keep, CancellationToken cancellationToken)
    {
        var target = place.Target;
        var socket = NewSocket(key, isShared: keep is not null);
        var persist = keep ?? Orphaned;
        if (keep is null)
            Guard();
        OpenSshProcess? starter = null;
        try
        {
            starter = await launcher.StartMasterAsync(
                target, place.Route, command, socket, persist, place.Spent, cancellationToken).ConfigureAwait(false);
            var connection = await routes.GetLimit(place.Route).RunAsync(
                token => ConnectAsync(place.Route, socket, token), cancellationToken).ConfigureAwait(false);
            var isKept = keep is { } time && TryShare(MasterNote.Of(socket, target, starter.ServerSoftware, options, time));
            LogNewMaster(logger, target.Label, socket);
            return new Master(socket, connection, isKept ? MasterEnd.ByItself : MasterEnd.WithRun, starter.ServerSoftware, starter, HopLimit);
        }
        catch (Exception failure) when (failure is MuxException or IOException or UnauthorizedAccessException)
        {
            await AbandonAsync().ConfigureAwait(false);
            throw new TransportException(NodeOutcome.ConnectFailed, failure.Message, failure);
        }
        catch
        {
            await AbandonAsync().ConfigureAwait(false);
            throw;
        }

        async Task AbandonAsync()
        {
            // The master may have gone into the background just as the start was abandoned.
            await EndAsync(socket).ConfigureAwait(false);
            if (starter is not null)
                await starter.DisposeAsync().ConfigureAwait(false);
            MasterFolder.RemoveUnfinished(socket);
        }
    }

    /// <summary>Shares a master with other runs. Returns false if its note can't be written, for example on a full disk.</summary>
    private bool TryShare(MasterNote note)
    {
        try
        {
            MasterFolder.Write(note);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotKept(logger, note.Host, failure.Message);
            return false;
        }
    }

    private string NewSocket(string key, bool isShared)
    {
        try
        {
            return folder.NewSocket(key, isShared);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new TransportException(NodeOutcome.ConnectFailed, failure.Message, failure);
        }
    }

    private async Task<SshConnection> ConnectAsync(HostRoute route, string socket, CancellationToken cancellationToken)
    {
        var packets = await MuxProxyPackets.ConnectAsync(socket, options.Connector, cancellationToken).ConfigureAwait(false);
        return new SshConnection(packets, new SshConnectionOptions
        {
            KeepAliveInterval = options.ServerAliveInterval ?? route.ServerAliveInterval ?? SshOptions.DefaultServerAliveInterval,
            KeepAliveCount = options.ServerAliveCountMax ?? route.ServerAliveCountMax ?? SshOptions.DefaultServerAliveCountMax,
            WindowBudget = _budget,
            ResumesInline = true,
        });
    }

    /// <summary>Ends a master that other runs can't find. Returns false if it does not respond.</summary>
    internal static async Task<bool> EndAsync(string socket)
    {
        try
        {
            await MuxControl.TerminateAsync(socket, AnswerLimit).ConfigureAwait(false);
            return true;
        }
        catch (MuxException failure)
        {
            // The master is gone, or it does not respond; in that case other programs may still reach it through its socket.
            if (failure.Failure == MuxFailure.Stale)
                File.Delete(socket);
            return failure.Failure is MuxFailure.NoSocket or MuxFailure.Stale;
        }
    }

    private void Remove(string socket)
    {
        using (folder.Lock())
            MasterFolder.Remove(socket);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: a new master at {Socket}")]
    private static partial void LogNewMaster(ILogger logger, string node, string socket);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node}: the connection is not kept: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string node, string reason);

    /// <summary>A login that is in progress or done, and the number of targets that wait for it.</summary>
    private sealed class Entry
    {
        public Task<Master?> Starting { get; set; } = null!;

        public CancellationTokenSource Abandoned { get; } = new();

        public int Waiting { get; set; }
    }
}
