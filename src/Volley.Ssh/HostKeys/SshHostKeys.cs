using Volley.Ssh.Client;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Keys;
using Volley.Ssh.Net;
using Volley.Ssh.Transport;

namespace Volley.Ssh;

/// <summary>Asks hosts for their keys, and edits their entries in known_hosts files. Nothing is sent to a host but what a key exchange needs.</summary>
public static class SshHostKeys
{
    /// <summary>Returns the keys of a host, one of each type, without logging in.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="options">The options. <see cref="SshClientOptions.Via"/> must be set for a host behind a jump host.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The keys in ssh's order of preference. A revoked key is left out.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have no context.</exception>
    /// <exception cref="SshException">The host can't be reached, or a known_hosts file can't be read.</exception>
    public static async Task<IReadOnlyList<SshHostKey>> ScanAsync(
        SshHostSettings settings, SshClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(options);
        var context = options.Context ?? throw new ArgumentException("a scan needs a context", nameof(options));
        var timeout = options.GetConnectTimeout(settings);
        var keys = new List<SshHostKey>();
        SshException? last = null;
        foreach (var type in SshAlgorithms.HostKeys.Where(name => !KeyTypes.IsCertificate(name)).GroupBy(KeyTypes.FromAlgorithm))
        {
            try
            {
                var blob = await new ConnectTimeout(timeout, context.Time).RunAsync(
                    (_, token) => GetKeyAsync(settings, options, context, timeout, [.. type], token), cancellationToken).ConfigureAwait(false);
                keys.Add(await DescribeAsync(settings, options, context, blob, cancellationToken).ConfigureAwait(false));
            }
            catch (SshException failure) when (failure.Failure == SshFailure.NoCommonAlgorithm)
            {
                // The host has no key of this type.
                last = failure;
            }
        }

        return keys is [] && last is not null ? throw last : keys;
    }

    /// <summary>Records keys of a host in its first known_hosts file, unless that has a key of the host.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="keys">The keys.</param>
    /// <returns>The file; null if it has a key of the host already.</returns>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static string? Record(SshHostSettings settings, IReadOnlyList<SshHostKey> keys)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(keys);
        if (settings.UserKnownHostsFiles is not [var file, ..])
            throw new IOException("UserKnownHostsFile is none, so there is no file to record keys in");
        return KnownHostsEditor.Add(file, GetName(settings), settings.HashKnownHosts, [.. keys.Select(key => key.Blob)]) ? file : null;
    }

    /// <summary>Removes the keys of a host from its own known_hosts files, with their earlier content kept in <c>FILE.old</c>.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="except">Keys that stay; null for none.</param>
    /// <returns>The fingerprints of the removed keys.</returns>
    /// <exception cref="IOException">A file can't be written.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="settings"/> is null.</exception>
    public static IReadOnlyList<string> Remove(SshHostSettings settings, IReadOnlyList<SshHostKey>? except = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var kept = (except ?? []).Select(key => key.Fingerprint).ToHashSet();
        return
        [
            .. settings.UserKnownHostsFiles
                .SelectMany(file => KnownHostsEditor.Remove(file, GetName(settings), blob => !kept.Contains(KeyTypes.Fingerprint(blob))))
                .Select(blob => KeyTypes.Fingerprint(blob)),
        ];
    }

    private static string GetName(SshHostSettings settings) => HostKeyRules.GetName(settings.HostName, settings.Port, settings.HostKeyAlias);

    private static async Task<SshHostKey> DescribeAsync(
        SshHostSettings settings, SshClientOptions options, SshClientContext context, byte[] blob, CancellationToken cancellationToken)
    {
        var rules = HostKeyRules.FromSettings(settings, options);
        var checker = new HostKeyChecker(rules, context.KnownHosts, time: context.Time);
        await checker.ReadFilesAsync(cancellationToken).ConfigureAwait(false);
        var (status, place) = checker.Describe(blob);
        return new(blob, status, place);
    }

    private static async Task<byte[]> GetKeyAsync(
        SshHostSettings settings, SshClientOptions options, SshClientContext context, TimeSpan timeout, string[] algorithms,
        CancellationToken cancellationToken)
    {
        var rules = HostKeyRules.FromSettings(settings, options);
        var checker = new HostKeyChecker(rules, context.KnownHosts, time: context.Time);
        await checker.ReadFilesAsync(cancellationToken).ConfigureAwait(false);
        byte[]? key = null;
        var transport = AllowedAlgorithms.TransportOptions(settings, checker) with
        {
            Time = context.Time,
            HostKeys = algorithms,
            CheckHostKey = (offer, _) =>
            {
                key = offer.Blob.ToArray();
                return ValueTask.CompletedTask;
            },
        };
        var connector = SocketConnector.ResumingInline(context.Connector);
        Stream stream = options.Via is { } via
            ? new SshChannelStream(await via.Connection.OpenDirectAsync(new(settings.HostName, settings.Port), cancellationToken).ConfigureAwait(false))
            : await new TcpConnector(settings, timeout, connector, context.Time, (_, _, _) => ValueTask.CompletedTask)
                .ConnectAsync(cancellationToken).ConfigureAwait(false);
        var packets = await SshTransport.ConnectAsync(stream, transport, cancellationToken).ConfigureAwait(false);
        await packets.DisposeAsync().ConfigureAwait(false);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return key!;
    }
}
