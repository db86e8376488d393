using System.Collections.Concurrent;
using System.Net.Sockets;
using Volley.Interop.Files;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transports;

/// <summary>The agents of this machine that a run forwards to its targets. Each is looked for once.</summary>
internal sealed class ForwardedAgents
{
    private const string Variable = "SSH_AUTH_SOCK";

    /// <summary>The time within which an agent must accept a connection.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Task<string?>> _failures = [];

    /// <summary>Checks that at least one target has an agent to forward.</summary>
    /// <exception cref="TransportException">No target has one; the message is that of the first.</exception>
    public static async Task CheckAsync(SshOptions options, IEnumerable<Target> targets, CancellationToken cancellationToken)
    {
        var configuration = new SshConfiguration(options);
        var agents = new ForwardedAgents();
        TransportException? first = null;
        foreach (var target in targets)
        {
            try
            {
                var route = await configuration.GetRouteAsync(target, cancellationToken).ConfigureAwait(false);
                await agents.GetSocketAsync(route.GetCompleteSettings(), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TransportException failure)
            {
                first ??= failure;
            }
        }

        if (first is not null)
            throw first;
    }

    /// <summary>Returns the socket of the agent for a host, as ssh chooses it for its own login.</summary>
    /// <param name="settings">The settings of the host; null if only ssh can determine them.</param>
    /// <param name="cancellationToken">Abandons the wait for the agent.</param>
    /// <exception cref="TransportException">There is no agent, or it does not answer.</exception>
    public async ValueTask<string> GetSocketAsync(SshHostSettings? settings, CancellationToken cancellationToken)
    {
        if (settings?.IdentityAgent is { } configured && configured.Equals("none", StringComparison.OrdinalIgnoreCase))
            throw Failed("ssh_config says IdentityAgent none");
        if ((settings?.IdentityAgent ?? SystemEnvironment.Variable(Variable)) is not { Length: > 0 } socket)
            throw Failed($"{Variable} is not set; start one with: eval \"$(ssh-agent)\"");
        return await _failures.GetOrAdd(socket, LookAsync).WaitAsync(cancellationToken).ConfigureAwait(false) is { } failure
            ? throw Failed($"{(settings?.IdentityAgent is null ? Variable : "IdentityAgent")} is {socket}: {failure}")
            : socket;
    }

    private static async Task<string?> LookAsync(string path)
    {
        // A socket of an agent that is busy or hangs does not accept; connecting may block.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var limit = new CancellationTokenSource(ConnectLimit);
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SystemFile.Reach(path)), limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            return "the agent does not answer";
        }
        catch (Exception failure) when (failure is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return SocketFile.Explain(path, failure);
        }
    }

    private static TransportException Failed(string why) =>
        new(NodeOutcome.ConnectFailed, $"there is no agent to forward: {why}") { Reason = "no agent to forward" };
}
