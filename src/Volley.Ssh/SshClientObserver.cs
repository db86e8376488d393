namespace Volley.Ssh;

/// <summary>Receives notices while a client connects. Its methods run on the thread that connects, and must return at once.</summary>
public abstract class SshClientObserver
{
    /// <summary>Called when no TCP connection could be made, and another attempt follows in a second (ConnectionAttempts).</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="attempt">The number of the next attempt, from 2.</param>
    /// <param name="failure">The failure of the last attempt.</param>
    public virtual void OnRetry(SshHostSettings settings, int attempt, SshException failure)
    {
    }

    /// <summary>Called when the host key was accepted.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="isChanged">Whether the key is not the known one, and was accepted because StrictHostKeyChecking is no.</param>
    /// <param name="recording">The result of recording a new key; null if the key was not new, or there is no file to record it in.</param>
    public virtual void OnHostKeyAccepted(SshHostSettings settings, bool isChanged, HostKeyRecording? recording)
    {
    }

    /// <summary>Called before the login.</summary>
    /// <param name="settings">The settings of the host.</param>
    /// <param name="keys">The keys that will be tried.</param>
    public virtual void OnLogin(SshHostSettings settings, IReadOnlyList<UserKey> keys)
    {
    }
}
