using System.Text;
using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Ssh.Keys;
using Volley.Transports.Channels;

namespace Volley.Transports.Native;

/// <summary>
/// Makes connections within the connect timeout: opens a stream, exchanges keys, checks the host key and logs in.
/// </summary>
internal sealed partial class Dialer(SshOptions options, Identities identities, ILogger logger, TimeProvider time)
{
    private readonly WindowBudget _budget = new();
    private readonly KnownHosts _knownHosts = new();

    /// <summary>Connects to a host.</summary>
    /// <param name="route">The host.</param>
    /// <param name="before">The connection to the jump host before it; null for none.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="TransportException">The host can't be reached.</exception>
    public async Task<Connection> ConnectAsync(Route route, Connection? before, CancellationToken cancellationToken)
    {
        if (options.Pace is { } pace)
            await pace.TurnAsync(cancellationToken).ConfigureAwait(false);
        if (before is null)
            return await ConnectWithinLimitAsync(route, before, cancellationToken).ConfigureAwait(false);
        await before.Forwards.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ConnectWithinLimitAsync(route, before, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw failure.Rephrased($"behind {route.Before!.Label}: {failure.Message}");
        }
        finally
        {
            before.Forwards.Release();
        }
    }

    /// <summary>Returns the connect timeout of a host: the option's, else the configuration's, else the default.</summary>
    public ConnectLimit LimitOf(SshHostSettings settings) => ConnectLimit.Of(options, settings.ConnectTimeout, time);

    private Task<Connection> ConnectWithinLimitAsync(Route route, Connection? before, CancellationToken cancellationToken)
    {
        var limit = LimitOf(route.Settings);
        return limit.RunAsync(token => ConnectNowAsync(route, before, limit.Length, token), cancellationToken);
    }

    private async Task<Connection> ConnectNowAsync(Route route, Connection? before, TimeSpan limit, CancellationToken cancellationToken)
    {
        var settings = route.Settings;
        var policy = HostKeyPolicy.Of(settings);
        var checker = new HostKeyChecker(policy, _knownHosts, time);
        using var password = options.Password is { } secret ? new PasswordAttempt(secret.UseAt(PasswordUse.NameOf(settings))) : null;
        var began = time.GetTimestamp();
        EncryptedPackets? packets = null;
        var banner = new StringBuilder();
        try
        {
            await checker.ReadFilesAsync(cancellationToken).ConfigureAwait(false);
            var transport = Algorithms.TransportOptions(settings, checker) with
            {
                Time = time,
                CheckHostKey = async (offer, token) =>
                {
                    await checker.CheckAsync(offer, token).ConfigureAwait(false);
                    Report(route.Label, policy, checker);
                },
            };
            var stream = before is null
                ? await new TcpDialer(route.Label, settings, limit, options.Connector, logger, time).ConnectAsync(cancellationToken).ConfigureAwait(false)
                : await before.OpenStreamAsync(settings.HostName, settings.Port, cancellationToken).ConfigureAwait(false);
            packets = await SshTransport.ConnectAsync(stream, transport, cancellationToken).ConfigureAwait(false);
            var credentials = await CredentialsAsync(settings, checker, password, banner, cancellationToken).ConfigureAwait(false);
            var keys = credentials.Keys.Select(key => key.Label);
            LogLogin(logger, route.Label, settings.User, settings.HostName, settings.Port, keys);
            await UserAuthentication.AuthenticateAsync(packets, credentials, cancellationToken).ConfigureAwait(false);
            password?.Accept();
            LogConnected(logger, route.Label, packets.ServerSoftware, packets.Algorithms);
            if (banner.Length > 0)
                LogBanner(logger, route.Label, banner);
            return new Connection(new SshConnection(packets, ConnectionOptions(settings), time), packets.ServerSoftware) { Key = route.Key, Before = before };
        }
        catch (Exception failure)
        {
            if (packets is not null)
                await packets.DisposeAsync().ConfigureAwait(false);
            if (failure is not SshException known)
                throw;
            IReadOnlyList<string> troubles = [];
            var sshMayLogIn = false;
            if (known.Failure == SshFailure.AuthenticationFailed)
            {
                var keys = await identities.GetKeysAsync(settings, cancellationToken).ConfigureAwait(false);
                sshMayLogIn = await SshMayLogInAsync(known, settings, keys, packets, cancellationToken).ConfigureAwait(false);
                troubles = Troubles(known, settings, keys);
            }

            throw ConnectFailure.Of(
                known, isAuthenticating: packets is not null, troubles, sshMayLogIn, Encoding.UTF8.GetBytes(banner.ToString()), time.GetElapsedTime(began));
        }
    }

    /// <summary>Returns whether ssh could try a refused login in another way.</summary>
    private async ValueTask<bool> SshMayLogInAsync(
        SshException refusal, SshHostSettings settings, IReadOnlyList<UserKey> keys, EncryptedPackets? packets, CancellationToken cancellationToken)
    {
        if (OtherLogins(refusal, settings).Any())
            return true;
        // A server that disconnects after too many attempts would refuse ssh too, which tries the same keys first.
        return refusal.ReasonCode is null && await HasForeignKeyAsync(settings, keys, packets, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Returns the methods that only ssh can try after a refused login. ssh tries them before the keys, so a server that disconnects
    /// after too many attempts has not seen them.
    /// </summary>
    private static IEnumerable<OtherLogin> OtherLogins(SshException refusal, SshHostSettings settings) =>
        settings.OtherLogins.Where(login => refusal.ServerMethods is not { } methods || methods.Contains(login.Method));

    /// <summary>Returns the possible causes of a refused login, in the user's keys and in the configuration.</summary>
    private IReadOnlyList<string> Troubles(SshException refusal, SshHostSettings settings, IReadOnlyList<UserKey> keys) =>
    [
        .. identities.GetTroubles(settings),
        .. keys.Where(key => IsTooShort(key, settings)).Select(key => $"{key.Label} has fewer bits than RequiredRSASize, {settings.RequiredRsaSize}"),
        .. OtherLogins(refusal, settings).Select(login => $"only ssh can try {login}"),
    ];

    /// <summary>Returns the keys to try for a host.</summary>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async ValueTask<IReadOnlyList<UserKey>> GetKeysAsync(SshHostSettings settings, CancellationToken cancellationToken)
    {
        var keys = await identities.GetKeysAsync(settings, cancellationToken).ConfigureAwait(false);
        return settings.RequiredRsaSize == 0 ? keys : [.. keys.Where(key => !IsTooShort(key, settings))];
    }

    private static bool IsTooShort(UserKey key, SshHostSettings settings) => RsaKeySize.Of(key.PublicBlob.Span) < settings.RequiredRsaSize;

    /// <summary>Returns whether ssh could try a key or a signature that is not supported here.</summary>
    private async ValueTask<bool> HasForeignKeyAsync(
        SshHostSettings settings, IReadOnlyList<UserKey> keys, EncryptedPackets? packets, CancellationToken cancellationToken)
    {
        var types = await identities.GetForeignTypesAsync(settings, cancellationToken).ConfigureAwait(false);
        if (types.Any(type => Algorithms.SshSignsBy(settings, type)))
            return true;
        return Algorithms.SshSignsBySha1(settings, packets?.ServerSignatureAlgorithms)
            && keys.Any(key => key.KeyType == Algorithms.RsaBySha1 && !IsTooShort(key, settings));
    }

    private async ValueTask<SshCredentials> CredentialsAsync(
        SshHostSettings settings, HostKeyChecker checker, PasswordAttempt? password, StringBuilder banner, CancellationToken cancellationToken)
    {
        var showsBanner = settings.LogLevel is null or >= SshLogLevel.Info;
        return new SshCredentials(settings.User)
        {
            Keys = await GetKeysAsync(settings, cancellationToken).ConfigureAwait(false),
            // As in ssh, a host whose key has changed gets no password.
            Password = checker.HasLetAChangedKeyPass ? null : options.Password?.Bytes,
            MaySendPassword = password is null ? null : password.MaySendAsync,
            Methods =
            [
                "publickey",
                .. settings.KbdInteractiveAuthentication ? ["keyboard-interactive"] : Array.Empty<string>(),
                .. settings.PasswordAuthentication ? ["password"] : Array.Empty<string>(),
            ],
            SignatureAlgorithms = Algorithms.Signatures(settings),
            OnBanner = text =>
            {
                if (showsBanner)
                    banner.Append(text);
            },
        };
    }

    private void Report(string node, HostKeyPolicy policy, HostKeyChecker checker)
    {
        if (checker.HasLetAChangedKeyPass)
            options.HostKeys.OnChanged(logger, node, policy.Name);
        if (checker.Recording is not { } recording)
            return;
        if (recording.Failure is { } reason)
            options.HostKeys.OnNotRecorded(logger, recording.File, reason);
        else
            options.HostKeys.OnRecorded(logger, node, KeyTypes.ForPeople(recording.KeyType), recording.File);
    }

    private SshConnectionOptions ConnectionOptions(SshHostSettings settings) => new()
    {
        KeepAliveInterval = options.ServerAliveInterval ?? settings.ServerAliveInterval ?? SshOptions.DefaultServerAliveInterval,
        KeepAliveCount = Math.Max(1, options.ServerAliveCountMax ?? settings.ServerAliveCountMax ?? SshOptions.DefaultServerAliveCountMax),
        SendsGlobalRequests = true,
        WindowBudget = _budget,
        ResumesInline = true,
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: transport native: connected to {Server} ({Algorithms})")]
    private static partial void LogConnected(ILogger logger, string node, string server, string algorithms);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Node}: login: {User}@{Host} port {Port}, keys to try: {Keys}")]
    private static partial void LogLogin(ILogger logger, string node, string user, string host, int port, IEnumerable<string> keys);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: {Banner}")]
    private static partial void LogBanner(ILogger logger, string node, StringBuilder banner);
}
