using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Volley.Ssh;
using Volley.Transports.Prompts;

namespace Volley.Transports.Native;

/// <summary>Makes connections at the pace of the run, and reports them.</summary>
/// <param name="options">The options.</param>
/// <param name="configuration">The configuration, and the state that all connections share.</param>
/// <param name="logger">Receives messages about connections.</param>
internal sealed class Dialer(SshOptions options, SshConfiguration configuration, ILogger logger)
{
    private readonly ConcurrentDictionary<string, PasswordUse> _passwords = [];

    /// <summary>Connects to a host.</summary>
    /// <param name="route">The host.</param>
    /// <param name="via">The connection to the jump host before it; null for none.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="TransportException">The host can't be reached.</exception>
    public async Task<Connection> ConnectAsync(SshRoute route, Connection? via, CancellationToken cancellationToken)
    {
        if (options.Pace is { } pace)
            await pace.TurnAsync(cancellationToken).ConfigureAwait(false);
        using var slot = options.Prompts is { } prompts ? await LoginSlot.EnterAsync(prompts, cancellationToken).ConfigureAwait(false) : null;
        if (via is null)
            return await ConnectNowAsync(route, via, cancellationToken).ConfigureAwait(false);
        await via.Forwards.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ConnectNowAsync(route, via, cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException failure)
        {
            throw failure.Rephrased($"behind {route.Via!.Name}: {failure.Message}");
        }
        finally
        {
            via.Forwards.Leave();
        }
    }

    private async Task<Connection> ConnectNowAsync(SshRoute route, Connection? via, CancellationToken cancellationToken)
    {
        var settings = route.Settings!;
        using var password = FindPasswordUse(settings) is { } use ? new PasswordAttempt(use) : null;
        using var conversation = options.Prompts?.Begin(route.Name);
        var notices = new LoginNotices(route.Name, options.HostKeys, logger);
        try
        {
            var client = await SshClient.ConnectAsync(
                settings,
                configuration.ClientOptions with
                {
                    Via = via?.Client,
                    Observer = notices,
                    PasswordCallback = password is null ? null : GetPasswordAsync,
                    PromptCallback = conversation is null ? null : (prompt, token) => conversation.AskAsync(prompt with { Host = route.Name }, token),
                },
                cancellationToken).ConfigureAwait(false);
            password?.Accept();
            conversation?.Accept();
            await notices.OnConnectedAsync(client).ConfigureAwait(false);
            return new Connection(client) { Via = via };
        }
        catch (SshException failure)
        {
            if (failure.Failure == SshFailure.AuthenticationFailed)
                conversation?.Refuse();
            throw ConnectFailure.Convert(failure);
        }

        async ValueTask<byte[]?> GetPasswordAsync(SshHostSettings host, CancellationToken token)
        {
            if (!await password.MaySendAsync(token).ConfigureAwait(false))
                return [];
            if (options.PasswordCallback is not { } get)
                return options.Password!.Copy();
            // The application may block, so it never runs on the thread that watches the sockets.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var secret = await get(host, token).ConfigureAwait(false);
            if (secret is null or [])
                password.Withdraw();
            return secret;
        }
    }

    /// <summary>Returns the use of the password at a host; null if there is no password.</summary>
    private PasswordUse? FindPasswordUse(SshHostSettings settings)
    {
        if (options.Password is { } password)
            return password.UseAt(PasswordUse.GetName(settings));
        return options.PasswordCallback is null ? null : _passwords.GetOrAdd(PasswordUse.GetName(settings), static _ => new PasswordUse());
    }
}
