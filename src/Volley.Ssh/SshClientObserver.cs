namespace Volley.Ssh;

/// <summary>
/// Receives notices while a client connects. The attempt waits for each of its methods, which run on the thread pool, so a slow observer delays no
/// other connection. With <see cref="SshClientOptions.ResumesInline"/> they run on the thread that watches the sockets, and must not block it. An
/// exception of a method ends the attempt.
/// </summary>
public abstract class SshClientObserver
{
    /// <summary>Called when no TCP connection could be made, and another attempt follows in a second (ConnectionAttempts).</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="attempt">The number of the next attempt, from 2.</param>
    /// <param name="failure">The failure of the last attempt.</param>
    /// <param name="cancellationToken">Fires when the attempt to connect is abandoned.</param>
    /// <returns>A task that the attempt waits for.</returns>
    public virtual ValueTask OnRetryAsync(SshHostSettings settings, int attempt, SshException failure, CancellationToken cancellationToken) => default;

    /// <summary>Called when the host key was accepted.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="isChanged">Whether the key is not the known one, and was accepted by <see cref="SshHostKeyPolicy.AcceptAny"/>.</param>
    /// <param name="recording">The result of recording a new key; null if the key was not new, or there is no file to record it in.</param>
    /// <param name="cancellationToken">Fires when the attempt to connect is abandoned.</param>
    /// <returns>A task that the attempt waits for.</returns>
    public virtual ValueTask OnHostKeyAcceptedAsync(
        SshHostSettings settings, bool isChanged, SshHostKeyRecording? recording, CancellationToken cancellationToken) => default;

    /// <summary>Called before the login.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="keyNames">The names of the keys that will be tried: the paths of their files, or the agent's comments.</param>
    /// <param name="cancellationToken">Fires when the attempt to connect is abandoned.</param>
    /// <returns>A task that the attempt waits for.</returns>
    public virtual ValueTask OnLoginAsync(SshHostSettings settings, IEnumerable<string> keyNames, CancellationToken cancellationToken) => default;

    /// <summary>
    /// Called when the server has opened a channel that nothing has asked for, such as one to an agent that is not forwarded. The channel was refused.
    /// It is called once for each type of channels on a connection, also after the client has connected, on the thread that receives: it must not block.
    /// </summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="type">The type of the channel (RFC 4254 section 5.1), as the server sent it.</param>
    public virtual void OnChannelRefused(SshHostSettings settings, string type)
    {
    }
}
