using Microsoft.Extensions.Logging;
using Volley.Cli.Options;
using Volley.Cli.Output;
using Volley.Cli.Relays.Local;
using Volley.Cli.Run;
using Volley.Relay;
using Volley.Ssh;

namespace Volley.Cli.Relays;

/// <summary>What a run over relays has open: the server, the executor, and the relays of this machine.</summary>
internal sealed class RelayRun : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _open = [];

    private RelayRun()
    {
    }

    /// <summary>The executor, which gives the targets to relays.</summary>
    public RelayExecutor Executor { get; private set; } = null!;

    /// <summary>Connects to the server, and starts relays on this machine if they are wanted. No target is contacted.</summary>
    /// <exception cref="RelayException">The server or the relays can't be used.</exception>
    /// <exception cref="UsageException">The key can't sign.</exception>
    public static async Task<RelayRun> OpenAsync(RunSettings settings, ILogger logger, TimeProvider time)
    {
        var run = new RelayRun();
        try
        {
            await run.OpenAsync(settings, settings.Relays!, logger, time);
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_open.TryPop(out var one))
            await one.DisposeAsync();
    }

    private async Task OpenAsync(RunSettings settings, RelaySettings relays, ILogger logger, TimeProvider time)
    {
        var (server, key) = (relays.Server, relays.SigningKey);
        if (relays.LocalCount > 0)
        {
            var local = Keep(await LocalRelays.StartAsync(relays));
            (server, key) = (local.Server, local.SigningKey);
        }

        var signer = key is null ? null : await OpenSignerAsync(key, relays.AgentSocket);
        if (signer is not null)
            _open.Push(new Closing(signer));
        var connection = Keep(await RelayServer.ConnectAsync(server!, logger));
        Executor = Keep(await RelayExecutor.OpenAsync(connection, CreateOptions(settings, relays, signer), logger, time));
        await Executor.CheckAsync(settings.RunningPlan);
    }

    private static RelayRunOptions CreateOptions(RunSettings settings, RelaySettings relays, SshSigner? signer)
    {
        var options = new RelayRunOptions
        {
            RunId = relays.RunId,
            Queue = relays.Queue,
            Signer = signer,
            Lease = relays.Lease,
            Connections = relays.Connections,
            Controller = $"{Environment.UserName}@{Environment.MachineName}",
            Size = settings.RunningPlan.Targets.Length,
            Title = JobTitles.Get(settings.Plan.Job),
            Version = ProgramVersion.Text,
            Entry = relays.Entry,
            ElevationPassword = settings.Elevation?.Password is { } password ? ServerOptions.GetText(password) : null,
            RerunLost = relays.RerunLost,
            Attaches = relays.Attaches,
        };
        return relays.StreamBytes is { } bound ? options with { StreamBytes = bound } : options;
    }

    private static async Task<SshSigner> OpenSignerAsync(string key, string? agent)
    {
        try
        {
            return await SshSigner.OpenAsync(key, agent);
        }
        catch (SshException unusable)
        {
            throw new UsageException($"--sign-with {key}: {unusable.Message}");
        }
    }

    private T Keep<T>(T one)
        where T : IAsyncDisposable
    {
        _open.Push(one);
        return one;
    }

    private sealed class Closing(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
