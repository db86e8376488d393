using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Ssh.Packets;
using Volley.Targets;
using Volley.Transports.Channels;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The control masters of one run: one login for each different connection, however many targets and commands use it.</summary>
internal sealed partial class MasterPool(
    OpenSshOptions options, OpenSshLauncher launcher, MasterFolder folder, HostRoutes routes, ILogger logger) : IAsyncDisposable
{
    /// <summary>A master is a process on this machine: one that does not answer at once is stuck.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long a master of this run only lives on if we are killed.</summary>
    private static readonly TimeSpan Orphaned = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many masters nobody uses a run holds on to, for targets that come again: each costs a process, and of our
    /// descriptors five. Half of those that we may have are for what is in use.
    /// </summary>
    private static readonly int MostIdle = (int)Math.Clamp(Libc.DescriptorLimit() / 2 / 5, 1, 1024);

    /// <summary>In milliseconds: who used a master last is not told apart more finely.</summary>
    private const int Recently = 1000;

    /// <summary>How many connections are made through one jump host at once.</summary>
    private const int HopLimit = 64;

    private readonly WindowBudget _budget = new();
    private readonly MasterKeys _keys = new(options, launcher, folder, routes);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly List<Master> _masters = [];
    private MasterGuard? _guard;
    private volatile bool _hasDeafMaster;
    private long _lastUse;

    /// <summary>The master for a target: one that this run has, one that is there already, or a new one.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    public Task<Master> GetAsync(Target target, HostRoute route, TimeSpan spent, CancellationToken cancellationToken) =>
        GetAsync(Of(target, route) with { Spent = spent }, isHop: false, cancellationToken);

    /// <summary>The master for a target that this run has or is about to have, or that is there already; null if there is none.</summary>
    /// <exception cref="TransportException">One was being started, and the target can't be reached.</exception>
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
                // The next one who asks tries again.
                Forget(key, entry);
                throw;
            }
            finally
            {
                Leave(key, entry);
            }
        }
    }

    /// <summary>Whoever got a master does not need it any more.</summary>
    public async ValueTask ReleaseAsync(Master master)
    {
        Master? longestIdle;
        lock (_lock)
        {
            master.Users--;
            master.LastUse = ++_lastUse;
            longestIdle = master.Users == 0 && _unshared.Contains(master.Key) ? master
                : _masters.Count > MostIdle ? _masters.Where(m => m.Users == 0).MinBy(m => m.LastUse) : null;
            if (longestIdle is null)
                return;
            longestIdle.IsRetired = true;
            _masters.Remove(longestIdle);
            // Another may have come in its place.
            if (_entries.TryGetValue(longestIdle.Key, out var entry) && entry.Starting is { IsCompletedSuccessfully: true, Result: { } current } && current == longestIdle)
                _entries.Remove(longestIdle.Key);
        }

        await LetGoAsync(longestIdle, isWithdrawn: false).ConfigureAwait(false);
    }

    /// <summary>Ends the masters that live for this run only, and lets go of the others.</summary>
    public async ValueTask DisposeAsync()
    {
        Master[] masters;
        lock (_lock)
            masters = [.. _masters];
        var own = masters.Select(master => master.Socket).ToHashSet();
        var surplus = options.Keep is null ? [] : WithdrawSurplus(own);
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = 64 };
        // Those that live on cost nothing but a few words; the others must be connected to once more.
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

        // What a crash has left does no harm; a run that costs a login can afford to look for it.
        if (masters.Any(master => master.IsOurs))
            folder.RemoveStale();
        if (_guard is not null)
            await _guard.DisposeAsync(_hasDeafMaster).ConfigureAwait(false);
    }

    /// <summary>Removes what is left of logins that were given up; for when nobody is left who would finish them.</summary>
    public void RemoveUnfinished()
    {
        // Where none was started for this run only, nothing can have such a name.
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
            // The folder is gone, and with it everybody's way to them.
            return [];
        }
    }

    /// <summary>The masters that are too many: those of ours that another run has started too, and then the least recently used ones.</summary>
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
            // A jump host's connections are none of its commands.
            if (master.Users > 0 && master.Connection.IsForOneCommand && !isHop)
                return false;
            master.Users++;
            return true;
        }
    }

    /// <returns>The login that is under way or done; null if there is none, and none is to be made.</returns>
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

        // In our own time as far as it does not wait, but not under the lock.
        start?.RunSynchronously(TaskScheduler.Default);
        return entry;
    }

    /// <summary>Nobody waits for a login any more: it is given up, whoever began it.</summary>
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
            // A jump host that can't connect further says so: one that does not was dropped by the host behind it.
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
            // It is in use until the end of the run: connections go on through it, which nobody counts.
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
            var connection = await ConnectLimit.Of(options, place.Route.ConnectTimeout, TimeProvider.System).RunAsync(
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
            // It may have gone into the background just as we gave up.
            await EndAsync(socket).ConfigureAwait(false);
            if (starter is not null)
                await starter.DisposeAsync().ConfigureAwait(false);
            MasterFolder.RemoveUnfinished(socket);
        }
    }

    /// <summary>Lets other runs find a master; false where a full disk does not.</summary>
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

    /// <summary>Ends a master that no other run can find; false if it does not hear us.</summary>
    internal static async Task<bool> EndAsync(string socket)
    {
        try
        {
            await MuxControl.TerminateAsync(socket, AnswerLimit).ConfigureAwait(false);
            return true;
        }
        catch (MuxException failure)
        {
            // It is gone already, or it hears nothing; then somebody may yet reach it by its socket.
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

    /// <summary>A login that is under way or done, and how many wait for it.</summary>
    private sealed class Entry
    {
        public Task<Master?> Starting { get; set; } = null!;

        public CancellationTokenSource Abandoned { get; } = new();

        public int Waiting { get; set; }
    }
}
