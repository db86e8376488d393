using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Volley.Ssh.Auth;
using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.Connection;
using Volley.Ssh.HostKeys;
using Volley.Ssh.Keys;
using Volley.Ssh.Net;
using Volley.Ssh.Transport;

namespace Volley.Ssh.Client;

/// <summary>One attempt to connect to a host and log in: opens a stream, exchanges keys, checks the host key and authenticates.</summary>
/// <param name="settings">The settings of the host.</param>
/// <param name="options">The options.</param>
/// <param name="context">The shared state.</param>
/// <param name="questions">Asks the application; null to ask nothing.</param>
internal sealed class ConnectAttempt(SshHostSettings settings, SshClientOptions options, SshClientContext context, LoginQuestions? questions)
{
    private readonly HostKeyChecker _hostKeys =
        new(HostKeyRules.FromSettings(settings, options), context.KnownHosts, options.HostKeyCallback, context.Time, questions);

    private readonly StringBuilder _banner = new();
    private EncryptedPackets? _packets;
    private byte[]? _password;

    /// <summary>Connects and logs in.</summary>
    /// <param name="via">The connection to the jump host; null for a TCP connection.</param>
    /// <param name="timeout">The connect timeout, which the caller applies. It is shared by the addresses of the host.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="SshException">The host can't be reached, or refused the login.</exception>
    public async Task<LoggedIn> RunAsync(SshConnection? via, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var began = context.Time.GetTimestamp();
        try
        {
            await _hostKeys.ReadFilesAsync(cancellationToken).ConfigureAwait(false);
            var transport = AllowedAlgorithms.TransportOptions(settings, _hostKeys) with { Time = context.Time, CheckHostKey = CheckHostKeyAsync };
            // The handshake and the receiver of the connection never block. Code of the application runs on the thread pool (SwitchThreadAsync), and so do
            // the callers of the client, unless they have chosen otherwise.
            var connector = SocketConnector.ResumingInline(context.Connector);
            var stream = via is null
                ? await new TcpConnector(settings, timeout, connector, context.Time, OnRetryAsync).ConnectAsync(cancellationToken).ConfigureAwait(false)
                : new SshChannelStream(await via.OpenDirectAsync(new(settings.HostName, settings.Port), cancellationToken).ConfigureAwait(false));
            _packets = await SshTransport.ConnectAsync(stream, transport, cancellationToken).ConfigureAwait(false);
            var keys = await GetKeysAsync(cancellationToken).ConfigureAwait(false);
            await OnLoginAsync(keys, cancellationToken).ConfigureAwait(false);
            await UserAuthentication.AuthenticateAsync(_packets, Credentials(keys), cancellationToken).ConfigureAwait(false);
            var connection = new SshConnection(_packets, ConnectionOptions(), context.Time);
            return new(connection, _packets.ServerSoftware, _packets.Algorithms, Banner, _packets.Session);
        }
        catch (Exception failure)
        {
            if (_packets is not null)
                await _packets.DisposeAsync().ConfigureAwait(false);
            if (failure is not SshException known)
                throw;
            if (known.Failure == SshFailure.AuthenticationFailed)
                known = await ExplainAsync(known, cancellationToken).ConfigureAwait(false);
            throw new SshException(known)
            {
                IsAuthenticating = _packets is not null,
                Banner = Banner,
                Elapsed = context.Time.GetElapsedTime(began),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(_password);
        }
    }

    private string? Banner => _banner.Length > 0 ? _banner.ToString() : null;

    private ValueTask<SshException> ExplainAsync(SshException refusal, CancellationToken cancellationToken) =>
        new RefusedLogin(refusal, settings, context.Identities, _packets?.ServerSignatureAlgorithms).ExplainAsync(cancellationToken);

    /// <summary>Returns the keys to try: those of the options, then those of the agent and the configuration.</summary>
    private async ValueTask<IReadOnlyList<UserKey>> GetKeysAsync(CancellationToken cancellationToken)
    {
        var keys = await context.Identities.GetKeysAsync(settings, cancellationToken).ConfigureAwait(false);
        return options.PrivateKeys is []
            ? keys
            : [.. options.PrivateKeys.Select(key => key.Key).Where(key => !Identities.IsTooShort(key, settings)), .. keys];
    }

    private async ValueTask OnRetryAsync(int attempt, SshException failure, CancellationToken cancellationToken)
    {
        if (options.Observer is not { } observer)
            return;
        await SwitchThreadAsync();
        await observer.OnRetryAsync(settings, attempt, failure, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask CheckHostKeyAsync(HostKeyOffer offer, CancellationToken cancellationToken)
    {
        await _hostKeys.CheckAsync(offer, cancellationToken).ConfigureAwait(false);
        if (options.Observer is not { } observer)
            return;
        await SwitchThreadAsync();
        await observer.OnHostKeyAcceptedAsync(settings, _hostKeys.HasAcceptedChangedKey, _hostKeys.Recording, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask OnLoginAsync(IReadOnlyList<UserKey> keys, CancellationToken cancellationToken)
    {
        if (options.Observer is not { } observer)
            return;
        await SwitchThreadAsync();
        await observer.OnLoginAsync(settings, keys.Select(key => key.Label), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Continues on the thread pool before code of the application runs, because the attempt runs on the thread that watches the sockets. With
    /// <see cref="SshClientOptions.ResumesInline"/>, continues at once.
    /// </summary>
    /// <remarks>Not a task, which may be completed by the time that it is awaited: then the caller would continue on its own thread.</remarks>
    private ConfiguredTaskAwaitable SwitchThreadAsync() =>
        Task.CompletedTask.ConfigureAwait(options.ResumesInline ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.ForceYielding);

    /// <summary>Asks the application for the password. It is overwritten with zeros when the attempt is over.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> GetPasswordAsync(CancellationToken cancellationToken)
    {
        await SwitchThreadAsync();
        try
        {
            _password = await options.PasswordCallback!(settings, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && failure is not SshException)
        {
            throw new SshException(
                SshFailure.AuthenticationFailed, $"the application's callback for the password failed: {failure.GetType().Name}: {failure.Message}", failure);
        }

        return _password is null ? default(ReadOnlyMemory<byte>?) : _password;
    }

    private SshConnectionOptions ConnectionOptions() => options.GetConnectionOptions(settings) with
    {
        SendsGlobalRequests = true,
        OnChannelRefused = options.Observer is { } observer ? type => observer.OnChannelRefused(settings, type) : null,
        WindowBudget = context.WindowBudget,
    };

    private SshCredentials Credentials(IReadOnlyList<UserKey> keys)
    {
        var showsBanner = settings.LogLevel is null or >= SshLogLevel.Info;
        return new SshCredentials(settings.User)
        {
            Keys = keys,
            // As in ssh, a host whose key has changed gets no password.
            GetPassword = options.PasswordCallback is null || _hostKeys.HasAcceptedChangedKey ? null : GetPasswordAsync,
            Questions = _hostKeys.HasAcceptedChangedKey ? null : questions,
            Methods =
            [
                "publickey",
                .. settings.KbdInteractiveAuthentication ? ["keyboard-interactive"] : Array.Empty<string>(),
                .. settings.PasswordAuthentication ? ["password"] : Array.Empty<string>(),
            ],
            SignatureAlgorithms = AllowedAlgorithms.Signatures(settings),
            OnBanner = text =>
            {
                if (showsBanner)
                    _banner.Append(text);
            },
        };
    }

    /// <summary>The result of a login.</summary>
    internal readonly record struct LoggedIn(
        SshConnection Connection, string ServerSoftware, string Algorithms, string? Banner, SessionProof? Session);
}
