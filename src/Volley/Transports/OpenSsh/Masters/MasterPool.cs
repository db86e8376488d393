using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Ssh.Packets;
using Volley.Targets;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>The control masters of one run: one login for each different connection, however many targets and commands use it.</summary>
internal sealed partial class MasterPool(
    OpenSshOptions options, OpenSshLauncher launcher, MasterFolder folder, HostRoutes routes, ILogger logger) : IAsyncDisposable
{
    /// <summary>A master is a process on this machine: one that does not answer at once is stuck.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long a master of this run only lives on if we are killed.</summary>
    private static readonly TimeSpan Orphaned = TimeSpan.FromSeconds(10);

    /// <summary>How many connections are made through one jump host at once.</summary>
    private const int HopLimit = 64;

    private readonly WindowBudget _budget = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly List<Master> _masters = [];

    /// <summary>The master for a target: one that this run has, one that is there already, or a new one.</summary>
    /// <exception cref="TransportException">The target can't be reached.</exception>
    public Task<Master> GetAsync(Target target, HostRoute route, CancellationToken cancellationToken) =>
        GetAsync(new Place(target, options.Jump ?? route.Jump, route, launcher.Command), cancellationToken);

    private async Task<Master> GetAsync(Place place, CancellationToken cancellationToken)
    {
        var key = MasterKey.Of(place.Target, place.Command.Options with { Jump = place.Jump });
        while (true)
        {
            var entry = Join(place, key);
            try
            {
                var master = await entry.Starting.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (!master.IsOver)
                    return master;
                Forget(key, entry);
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

    /// <summary>Ends the masters that live for this run only, and lets go of the others.</summary>
    public async ValueTask DisposeAsync()
    {
        Master[] masters;
        lock (_lock)
            masters = [.. _masters];
        await Parallel.ForEachAsync(masters, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (master, _) =>
        {
            var isOver = master.IsOver;
            await master.DisposeAsync().ConfigureAwait(false);
            if (master.End == MasterEnd.WithRun)
                await EndAsync(master.Socket).ConfigureAwait(false);
            else if (isOver)
                Remove(master.Socket);
            else
                MasterFolder.Touch(master.Socket);
        }).ConfigureAwait(false);
        folder.RemoveStale();
        if (options.Keep is not null)
            await EndLeastUsedAsync().ConfigureAwait(false);
    }

    private Entry Join(Place place, string key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                entry = new Entry();
                _entries[key] = entry;
                entry.Starting = FindOrStartAsync(place, key, entry.Abandoned.Token);
            }

            entry.Waiting++;
            return entry;
        }
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

    private async Task<Master> FindOrStartAsync(Place place, string key, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var master = await FindAsync(place, key, cancellationToken).ConfigureAwait(false)
            ?? await StartAsync(place, key, cancellationToken).ConfigureAwait(false);
        lock (_lock)
            _masters.Add(master);
        return master;
    }

    private async Task<Master?> FindAsync(Place place, string key, CancellationToken cancellationToken)
    {
        if (!options.Reuse)
            return null;
        foreach (var socket in folder.SocketsFor(key))
        {
            if (await TryAttachAsync(place, socket, cancellationToken).ConfigureAwait(false) is { } ours)
                return ours;
            Remove(socket);
        }

        return place.Route.UsersSocket is { } path ? await TryAttachAsync(place, path, cancellationToken).ConfigureAwait(false) : null;
    }

    private async Task<Master?> TryAttachAsync(Place place, string socket, CancellationToken cancellationToken)
    {
        Master? master = null;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AnswerLimit);
            master = new Master(socket, await ConnectAsync(place.Route, socket, limit.Token).ConfigureAwait(false), MasterEnd.ByItself, starter: null, HopLimit);
            await master.ProveAliveAsync(limit.Token).ConfigureAwait(false);
            LogLiveMaster(logger, place.Target.Label, socket);
            return master;
        }
        catch (Exception useless) when (useless is MuxException or SshException or OperationCanceledException)
        {
            if (master is not null)
                await master.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private async Task<Master> StartAsync(Place place, string key, CancellationToken cancellationToken)
    {
        if (JumpHosts.Last(place.Jump) is not var (hop, before))
            return await StartAsync(place, place.Command, key, cancellationToken).ConfigureAwait(false);

        var hopMaster = await GetHopAsync(hop, before, cancellationToken).ConfigureAwait(false);
        await hopMaster.Forwards.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await StartAsync(place, place.Command.Behind(hop, hopMaster.Socket), key, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            var message = hopMaster.RefusedForward() ?? failure.Message;
            throw new TransportException(failure.Outcome, $"behind {hop.Name}: {message}", failure) { Stderr = failure.Stderr };
        }
        finally
        {
            hopMaster.Forwards.Release();
        }
    }

    private async Task<Master> GetHopAsync(Target hop, string? before, CancellationToken cancellationToken)
    {
        var route = routes.Of(hop, isHop: true);
        try
        {
            return await GetAsync(new Place(hop, before ?? route.Jump, route, launcher.Command.ForHop()), cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw new TransportException(failure.Outcome, $"jump host {hop.Name}: {failure.Message}", failure) { Stderr = failure.Stderr };
        }
    }

    private async Task<Master> StartAsync(Place place, OpenSshCommand command, string key, CancellationToken cancellationToken)
    {
        var target = place.Target;
        var socket = folder.NewSocket(key, isShared: options.Keep is not null);
        var persist = options.Keep ?? Orphaned;
        var starter = await launcher.StartMasterAsync(
            target, logPath => command.Master(target, logPath, socket, persist), cancellationToken).ConfigureAwait(false);
        try
        {
            var connection = await ConnectAsync(place.Route, socket, cancellationToken).ConfigureAwait(false);
            if (options.Keep is { } keep)
                MasterFolder.Write(new MasterNote(socket, target.Name, DateTimeOffset.UtcNow, keep, DateTimeOffset.UtcNow));
            LogNewMaster(logger, target.Label, socket);
            return new Master(socket, connection, options.Keep is null ? MasterEnd.WithRun : MasterEnd.ByItself, starter, HopLimit);
        }
        catch (MuxException failure)
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
            await EndAsync(socket).ConfigureAwait(false);
            await starter.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<SshConnection> ConnectAsync(HostRoute route, string socket, CancellationToken cancellationToken)
    {
        var packets = await MuxProxyPackets.ConnectAsync(socket, cancellationToken).ConfigureAwait(false);
        return new SshConnection(packets, new SshConnectionOptions
        {
            KeepAliveInterval = options.ServerAliveInterval ?? route.ServerAliveInterval ?? OpenSshOptions.DefaultServerAliveInterval,
            KeepAliveCount = options.ServerAliveCountMax ?? route.ServerAliveCountMax ?? OpenSshOptions.DefaultServerAliveCountMax,
            WindowBudget = _budget,
        });
    }

    private static async Task EndAsync(string socket)
    {
        try
        {
            await MuxControl.TerminateAsync(socket, AnswerLimit).ConfigureAwait(false);
        }
        catch (MuxException)
        {
            // It is gone already, or it hears nothing; then it ends itself once its connection does.
        }
    }

    private void Remove(string socket)
    {
        using (folder.Lock())
            MasterFolder.Remove(socket);
    }

    /// <summary>Ends idle masters, the least recently used first, until no more are kept than were asked for.</summary>
    private async Task EndLeastUsedAsync()
    {
        var clients = MasterClients.Count();
        foreach (var note in folder.Notes().Skip(options.KeepMax).Where(note => clients.GetValueOrDefault(note.Socket) == 0))
        {
            await EndAsync(note.Socket).ConfigureAwait(false);
            Remove(note.Socket);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: the live master at {Socket}")]
    private static partial void LogLiveMaster(ILogger logger, string node, string socket);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport openssh: a new master at {Socket}")]
    private static partial void LogNewMaster(ILogger logger, string node, string socket);

    /// <summary>What a connection is made to.</summary>
    /// <param name="Target">The host.</param>
    /// <param name="Jump">The jump hosts before it.</param>
    /// <param name="Route">What the user's configuration says about the way.</param>
    /// <param name="Command">How ssh is called for it.</param>
    private sealed record Place(Target Target, string? Jump, HostRoute Route, OpenSshCommand Command);

    /// <summary>A login that is under way or done, and how many wait for it.</summary>
    private sealed class Entry
    {
        public Task<Master> Starting { get; set; } = null!;

        public CancellationTokenSource Abandoned { get; } = new();

        public int Waiting { get; set; }
    }
}
