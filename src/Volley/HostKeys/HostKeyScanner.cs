using System.Collections.Concurrent;
using Volley.Interop.Waiting;
using Volley.Ssh;
using Volley.Transports;
using Volley.Transports.Native;

namespace Volley;

/// <summary>Asks targets for their host keys without logging in, and edits their entries in known_hosts files. Jump hosts are logged in to.</summary>
public sealed class HostKeyScanner : IAsyncDisposable
{
    private readonly SshConfiguration _configuration;
    private readonly AsyncGate _slots;
    private readonly ConcurrentDictionary<string, Lazy<Task<SshClient>>> _hops = [];
    private volatile bool _isDisposed;

    /// <summary>Creates a scanner. No host is contacted.</summary>
    /// <param name="options">How to connect.</param>
    /// <param name="maxConcurrency">The number of targets that are asked at the same time, at least 1.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxConcurrency"/> is less than 1.</exception>
    public HostKeyScanner(SshOptions options, int maxConcurrency)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxConcurrency, 1);
        _configuration = new SshConfiguration(options);
        _slots = new AsyncGate(maxConcurrency);
    }

    /// <summary>Asks targets for their keys.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A result for each target, in order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="targets"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The scanner was disposed.</exception>
    public async Task<IReadOnlyList<HostKeyScan>> ScanAsync(IEnumerable<Target> targets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return await Task.WhenAll(targets.Select(target => ScanAsync(target, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>Records the keys of a target that the known hosts have no key of.</summary>
    /// <param name="scan">The keys.</param>
    /// <returns>The file; null if it has a key of the target.</returns>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static string? Record(HostKeyScan scan) => SshHostKeys.Record(GetSettings(scan), scan.Keys);

    /// <summary>Removes the keys of a target from the user's known hosts, except those that it presents.</summary>
    /// <param name="scan">The keys that the target presents.</param>
    /// <returns>The fingerprints of the removed keys.</returns>
    /// <exception cref="IOException">A file can't be written.</exception>
    public static IReadOnlyList<string> RemoveStale(HostKeyScan scan) => SshHostKeys.Remove(GetSettings(scan), scan.Keys);

    /// <summary>Removes all keys of a target from the user's known hosts. The target is not contacted.</summary>
    /// <param name="target">The target.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The fingerprints of the removed keys.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="target"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The scanner was disposed.</exception>
    /// <exception cref="TransportException">The configuration of the target is invalid.</exception>
    /// <exception cref="IOException">A file can't be written.</exception>
    public async Task<IReadOnlyList<string>> RemoveAllAsync(Target target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var route = await _configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
        return route.Settings is { } settings ? SshHostKeys.Remove(settings) : throw ConnectFailure.Convert(route.Failure!);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach (var hop in _hops.Values.Where(hop => hop.IsValueCreated && hop.Value.IsCompletedSuccessfully))
            await (await hop.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        _configuration.Context.Dispose();
    }

    private static SshHostSettings GetSettings(HostKeyScan scan)
    {
        ArgumentNullException.ThrowIfNull(scan);
        return scan.Settings ?? throw new ArgumentException("the target was not reached", nameof(scan));
    }

    private async Task<HostKeyScan> ScanAsync(Target target, CancellationToken cancellationToken)
    {
        await _slots.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var route = await _configuration.GetNativeRouteAsync(target, cancellationToken).ConfigureAwait(false);
            var via = route.Via is { } hop ? await ConnectAsync(hop, cancellationToken).ConfigureAwait(false) : null;
            var keys = await SshHostKeys.ScanAsync(route.Settings!, _configuration.ClientOptions with { Via = via }, cancellationToken).ConfigureAwait(false);
            return new(target, keys, Failure: null) { Settings = route.Settings };
        }
        catch (Exception failure) when (failure is SshException or TransportException)
        {
            return new(target, [], failure.Message);
        }
        finally
        {
            _slots.Leave();
        }
    }

    /// <summary>Connects to a jump host, once for all targets behind it.</summary>
    private Task<SshClient> ConnectAsync(SshRoute hop, CancellationToken cancellationToken) => _hops.GetOrAdd(
        hop.Key, _ => new(() => SshClient.ConnectAsync(hop.Settings!, _configuration.ClientOptions, cancellationToken))).Value;
}
