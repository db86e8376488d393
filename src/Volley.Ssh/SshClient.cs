using Volley.Interop.Blocking;
using Volley.Ssh.Auth;
using Volley.Ssh.Client;
using Volley.Ssh.Net;

namespace Volley.Ssh;

/// <summary>
/// A connection to a host as <c>ssh HOST</c> makes it: by ssh_config(5), through jump hosts, with the user's keys, agent and known hosts. It
/// asks no question without <see cref="SshClientOptions.PromptCallback"/>: an unknown or changed host key is refused, unless StrictHostKeyChecking
/// allows it. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var client = await SshClient.ConnectAsync("web1");
/// var result = await client.RunAsync("uname -a");
/// Console.Write(result.Stdout);
/// </code>
/// </example>
public sealed partial class SshClient : IAsyncDisposable
{
    private readonly SshClient? _via;
    private SshClientContext? _ownContext;
    private volatile bool _isDisposed;

    private SshClient(SshHostSettings settings, ConnectAttempt.LoggedIn login, SshClient? via, ISocketConnector connector)
    {
        (Settings, Connection, ServerSoftware, Algorithms, Banner, _via) =
            (settings, login.Connection, login.ServerSoftware, login.Algorithms, login.Banner, via);
        Forwards = new(Connection, connector, login.Session);
    }

    /// <summary>The settings of the host.</summary>
    public SshHostSettings Settings { get; }

    /// <summary>The connection, for channels that are not those of a process or of a forward.</summary>
    public SshConnection Connection { get; }

    /// <summary>The software name that the server sent.</summary>
    public string ServerSoftware { get; }

    /// <summary>The algorithms of the connection, for messages.</summary>
    public string Algorithms { get; }

    /// <summary>The text that the server sent before the login, without control characters; null for none, and if LogLevel hides it.</summary>
    public string? Banner { get; }

    /// <summary>Connects to a host and logs in.</summary>
    /// <param name="host">The host as ssh takes it, without a user: an alias in ssh_config, a name or an address.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The client.</returns>
    /// <exception cref="SshException">
    /// The host can't be reached. <see cref="SshException.Failure"/> says at which step: the configuration, the name, the TCP connection, the key
    /// exchange, the host key, the login, or the connect timeout, which covers all of them.
    /// </exception>
    /// <exception cref="ArgumentException">The host is empty or has a NUL or an <c>@</c>, or the options contradict each other.</exception>
    /// <exception cref="ObjectDisposedException">The context, a private key or <see cref="SshClientOptions.Via"/> is disposed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static Task<SshClient> ConnectAsync(string host, SshClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Argument.Text(host, nameof(host)).Contains('@', StringComparison.Ordinal))
            throw new ArgumentException($"a host has no '@'; set {nameof(SshOverrides)}.{nameof(SshOverrides.User)}", nameof(host));
        return ConnectAsync((context, own) => context.GetRouteAsync(host, own, cancellationToken), options ?? new(), cancellationToken);
    }

    /// <summary>Connects to a host with given settings and logs in.</summary>
    /// <param name="settings">The settings of the host. The jump hosts that they name are looked up in the configuration.</param>
    /// <param name="options">The options; null for the defaults. <see cref="SshClientOptions.Overrides"/> are not applied.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <inheritdoc cref="ConnectAsync(string, SshClientOptions?, CancellationToken)"/>
    public static Task<SshClient> ConnectAsync(SshHostSettings settings, SshClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return ConnectAsync((context, own) => context.GetRouteAsync(settings, own, cancellationToken), options ?? new(), cancellationToken);
    }

    /// <summary>Ends the connection with its processes and forwards, and the connections to the jump hosts that the client has made.</summary>
    /// <returns>A task that completes when the connection has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await Connection.DisposeAsync().ConfigureAwait(false);
        if (_via is not null)
            await _via.DisposeAsync().ConfigureAwait(false);
        _ownContext?.Dispose();
    }

    private static async Task<SshClient> ConnectAsync(
        Func<SshClientContext, SshClientOptions, ValueTask<SshRoute>> lookUp, SshClientOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        options.Check();
        var own = options.Context is null ? new SshClientContext() : null;
        var context = options.Context ?? own!;
        SshClient? client = null;
        try
        {
            var route = await lookUp(context, options).ConfigureAwait(false);
            if ((options.Via is null ? route : route with { Via = null }).FindFailure() is { } failure)
                throw failure;
            var timeout = options.GetConnectTimeout(route.Settings);
            client = await new ConnectTimeout(timeout, context.Time).RunAsync(
                (timer, token) => ConnectAsync(route, options, context, new(timeout, timer), token), cancellationToken).ConfigureAwait(false);
            client._ownContext = own;
            return client;
        }
        catch (BlockedException) when (cancellationToken.IsCancellationRequested)
        {
            // What was waited for matters only where a time limit has elapsed.
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            if (client is null)
                own?.Dispose();
            // The attempt runs on the thread that watches the sockets, which the caller could block.
            if (!options.ResumesInline)
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }

    /// <summary>Connects to a host through the jump hosts of its route.</summary>
    private static async Task<SshClient> ConnectAsync(
        SshRoute route, SshClientOptions options, SshClientContext context, ConnectTime time, CancellationToken cancellationToken)
    {
        var via = options.Via is null && route.Via is { } hop
            ? await ConnectToHopAsync(hop, options, context, time, cancellationToken).ConfigureAwait(false)
            : null;
        try
        {
            var login = await new ConnectAttempt(route.Settings!, options, context, CreateQuestions(route.Settings!, options, time))
                .RunAsync((options.Via ?? via)?.Connection, time.Timeout, cancellationToken).ConfigureAwait(false);
            return new SshClient(route.Settings!, login, via, context.Connector);
        }
        catch (Exception failure) when (via is not null)
        {
            await via.DisposeAsync().ConfigureAwait(false);
            if (failure is SshException known)
                throw new SshException(known, $"behind {route.Via!.Name}: {known.Message}");
            throw;
        }
    }

    /// <summary>Returns the questions of a login, during which the connect timeout does not run; null if none is answered.</summary>
    private static LoginQuestions? CreateQuestions(SshHostSettings settings, SshClientOptions options, ConnectTime time)
    {
        return options.PromptCallback is { } ask ? new(AskAsync, settings.OriginalHost, settings.User) : null;

        async ValueTask<byte[]?> AskAsync(SshPrompt prompt, CancellationToken cancellationToken)
        {
            using var pause = time.Timer.Pause();
            try
            {
                return await ask(prompt, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested && failure is not SshException)
            {
                throw new SshException(
                    SshFailure.AuthenticationFailed, $"the application's callback for questions failed: {failure.GetType().Name}: {failure.Message}", failure);
            }
        }
    }

    private static async Task<SshClient> ConnectToHopAsync(
        SshRoute hop, SshClientOptions options, SshClientContext context, ConnectTime time, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync(hop, options, context, time, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException failure)
        {
            throw new SshException(failure, $"jump host {hop.Name}: {failure.Message}");
        }
    }

    /// <summary>The time of an attempt to connect.</summary>
    /// <param name="Timeout">The connect timeout.</param>
    /// <param name="Timer">What is left of it.</param>
    private readonly record struct ConnectTime(TimeSpan Timeout, LimitTimer Timer);
}
