using System.Text;
using Microsoft.Extensions.Logging;
using Volley.Transports;

namespace Volley.Supervision;

/// <summary>The running supervisor of one host: sends it heartbeats with the marks of the commands that run.</summary>
internal sealed partial class Supervisor : IAsyncDisposable
{
    /// <summary>The number of heartbeats within the time after which commands are ended, so that a late one does no harm.</summary>
    private const int BeatsPerLimit = 6;

    /// <summary>How long the supervisor may take to end a command before the channel is closed.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(4);

    private readonly ISession _session;
    private readonly IRemoteProcess _process;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _marks = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _beating;
    private readonly Task _watching;
    private bool _endsCommands;

    private Supervisor(ISession session, IRemoteProcess process, Target target, SupervisionSettings settings, ILogger logger, TimeProvider time)
    {
        (_session, _process, _time) = (session, process, time);
        _interval = settings.HeartbeatLimit / BeatsPerLimit;
        _watching = WatchAsync(target, logger);
        _beating = BeatAsync();
    }

    /// <summary>Whether it has ended, for whatever reason.</summary>
    public bool HasEnded => _watching.IsCompleted;

    /// <summary>Whether a command runs that it supervises.</summary>
    public bool HasCommands
    {
        get
        {
            lock (_lock)
                return _marks.Count > 0;
        }
    }

    /// <summary>Starts the supervisor of a host.</summary>
    /// <exception cref="TransportException">The host can't be reached or can't be supervised.</exception>
    public static async Task<Supervisor> StartAsync(
        ITransport transport, Target target, SupervisionSettings settings, ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = await transport.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
        IRemoteProcess? process = null;
        try
        {
            await session.WaitForTurnAsync(cancellationToken).ConfigureAwait(false);
            process = await session.StartAsync(SupervisorScript.Create(settings), cancellationToken).ConfigureAwait(false);
            await ReadStartAsync(process, cancellationToken).ConfigureAwait(false);
            return new(session, process, target, settings, logger, time);
        }
        catch
        {
            if (process is not null)
                await process.DisposeAsync().ConfigureAwait(false);
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Begins to supervise a command.</summary>
    /// <param name="mark">The mark of its processes.</param>
    public ValueTask BeginAsync(string mark)
    {
        lock (_lock)
            _marks.Add(mark);
        return WriteAsync(GetBeat());
    }

    /// <summary>Ends the supervision of a command.</summary>
    /// <param name="mark">The mark of its processes.</param>
    /// <param name="endsCommand">Whether the command is not known to have ended, so that its processes are ended.</param>
    public async ValueTask EndAsync(string mark, bool endsCommand)
    {
        lock (_lock)
            _marks.Remove(mark);
        _endsCommands |= endsCommand;
        if (endsCommand)
            await WriteAsync($"k {mark}\n").ConfigureAwait(false);
        await WriteAsync(GetBeat()).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WriteAsync("q\n").ConfigureAwait(false);
        if (_endsCommands)
            await _watching.WaitAsync(EndLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _process.DisposeAsync().ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
        // The semaphore and the token source are not disposed: they have no system handles, and a write may still be pending.
    }

    /// <summary>Reads the output until the program reports that it supervises. Start-up files of the login shell may print before.</summary>
    private static async Task ReadStartAsync(IRemoteProcess process, CancellationToken cancellationToken)
    {
        var output = new byte[16 << 10];
        var length = 0;
        var text = "";
        while (length < output.Length
            && await process.ReadAsync(output.AsMemory(length), cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
        {
            length += read.Count;
            text = Encoding.UTF8.GetString(output, 0, length);
            if (text.Contains(SupervisorScript.Ready, StringComparison.Ordinal))
                return;
        }

        var reason = text.Contains(SupervisorScript.Unable, StringComparison.Ordinal)
            ? "it has no /proc to find processes by"
            : $"it did not run the supervisor: {text.Trim()}".TrimEnd(' ', ':');
        throw new TransportException(NodeOutcome.ConnectFailed, $"the target can't be supervised: {reason}; the command was not started")
        {
            Reason = "can't be supervised",
        };
    }

    private string GetBeat()
    {
        lock (_lock)
            return _marks.Count == 0 ? "b\n" : $"b {string.Join(' ', _marks)}\n";
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(_interval, _time);
        while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            await WriteAsync(GetBeat()).ConfigureAwait(false);
    }

    private async ValueTask WriteAsync(string line)
    {
        if (HasEnded)
            return;
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            // A peer that reads nothing must not hold up the end of a command.
            using var limit = new CancellationTokenSource(_interval, _time);
            await _process.WriteAsync(Encoding.ASCII.GetBytes(line), limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TransportException or OperationCanceledException or IOException)
        {
            // The end of the command reports a lost connection.
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Reads the output to its end, which is that of the program.</summary>
    private async Task WatchAsync(Target target, ILogger logger)
    {
        var buffer = new byte[1 << 10];
        try
        {
            while (await _process.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false) is { Count: > 0 })
            {
            }
        }
        catch (Exception failure) when (failure is TransportException or ObjectDisposedException)
        {
            return;
        }

        if (_stopping.IsCancellationRequested || !HasCommands)
            return;
        await LoggingThread.SwitchAsync(logger, LogLevel.Warning);
        LogEnded(logger, target.Label);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node}: the supervisor of its commands has ended; they go on if the connection is lost")]
    private static partial void LogEnded(ILogger logger, string node);
}
