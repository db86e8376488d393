using Microsoft.Extensions.Logging;
using Volley.Ssh;

namespace Volley.Transports.Native;

/// <summary>Makes connections at the pace of the run, and reports them.</summary>
/// <param name="options">The options.</param>
/// <param name="configuration">The configuration, and the state that all connections share.</param>
/// <param name="logger">Receives messages about connections.</param>
internal sealed class Dialer(SshOptions options, SshConfiguration configuration, ILogger logger)
{
    /// <summary>Connects to a host.</summary>
    /// <param name="route">The host.</param>
    /// <param name="via">The connection to the jump host before it; null for none.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="TransportException">The host can't be reached.</exception>
    public async Task<Connection> ConnectAsync(SshRoute route, Connection? via, CancellationToken cancellationToken)
    {
        if (options.Pace is { } pace)
            await pace.TurnAsync(cancellationToken).ConfigureAwait(false);
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
        using var password = options.Password is { } secret ? new PasswordAttempt(secret.UseAt(PasswordUse.GetName(settings))) : null;
        var notices = new LoginNotices(route.Name, options.HostKeys, logger);
        try
        {
            var client = await SshClient.ConnectAsync(
                settings,
                configuration.ClientOptions with { Via = via?.Client, Observer = notices, GetPassword = password is null ? null : GetPasswordAsync },
                cancellationToken).ConfigureAwait(false);
            password?.Accept();
            notices.OnConnected(client);
            return new Connection(client) { Via = via };
        }
        catch (SshException failure)
        {
            throw ConnectFailure.Convert(failure);
        }

        async ValueTask<ReadOnlyMemory<byte>?> GetPasswordAsync(SshHostSettings host, CancellationToken token) =>
            await password.MaySendAsync(token).ConfigureAwait(false) ? options.Password!.Bytes : default(ReadOnlyMemory<byte>?);
    }
}
