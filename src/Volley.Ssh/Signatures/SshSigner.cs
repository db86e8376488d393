using Volley.Interop.Text;
using Volley.Ssh.Agent;
using Volley.Ssh.Keys;
using Volley.Ssh.Keys.Files;

namespace Volley.Ssh;

/// <summary>A key that signs messages: one in a file, or one in an ssh-agent. Thread-safe.</summary>
/// <example>
/// <code>
/// using var signer = await SshSigner.OpenAsync("/home/me/.ssh/id_ed25519.pub", Environment.GetEnvironmentVariable("SSH_AUTH_SOCK"));
/// var signature = await signer.SignAsync(message, "release@example.org");
/// </code>
/// </example>
public sealed class SshSigner : IDisposable
{
    private readonly UserKey _key;
    private readonly AgentClient? _agent;
    private int _isDisposed;

    private SshSigner(UserKey key, AgentClient? agent) => (_key, _agent) = (key, agent);

    /// <summary>The fingerprint of the key, as ssh shows it.</summary>
    public string Fingerprint => KeyTypes.Fingerprint(_key.PublicBlob.Span);

    /// <summary>
    /// Opens a key. As for <c>ssh-keygen -Y sign</c>, the file has a private key without a passphrase, or a public key whose private part is in the
    /// agent; an encrypted private key is used through the agent, too.
    /// </summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="agentSocket">The path of the agent's socket, which SSH_AUTH_SOCK states; null or empty for no agent.</param>
    /// <param name="cancellationToken">Ends the wait for the agent.</param>
    /// <returns>The signer, which the caller disposes of.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="SshException">
    /// The file has no key or can't be read, or the agent does not have it (<see cref="SshFailure.UnusableKey"/>).
    /// </exception>
    public static async ValueTask<SshSigner> OpenAsync(string path, string? agentSocket = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!SystemFile.Exists(path))
            throw Unusable($"{path}: no such file");
        var (key, blob) = Read(path);
        if (key is not null)
            return new(key, null);
        if (blob is null)
            throw Unusable($"{path} has no key that can be read");
        if (string.IsNullOrEmpty(agentSocket))
            throw Unusable($"the private key of {path} is encrypted or elsewhere, and no ssh-agent is known that could sign with it");
        var agent = new AgentClient(agentSocket);
        try
        {
            var keys = await agent.GetKeysAsync(cancellationToken).ConfigureAwait(false);
            return keys.FirstOrDefault(held => held.PublicBlob.Span.SequenceEqual(blob)) is { } found
                ? new(found, agent)
                : throw Unusable(agent.UnavailableReason ?? $"the agent at {agentSocket} does not have the key of {path}");
        }
        catch
        {
            agent.Dispose();
            throw;
        }
    }

    /// <summary>Signs a message.</summary>
    /// <param name="message">The message, of which a hash is signed.</param>
    /// <param name="purpose">The namespace: it must be unique to the application, as <c>job@tool.example.org</c> is.</param>
    /// <param name="cancellationToken">Ends the wait for the agent, which may ask its user.</param>
    /// <returns>The signature.</returns>
    /// <exception cref="ArgumentException">The purpose is empty.</exception>
    /// <exception cref="SshException">The agent does not sign.</exception>
    /// <exception cref="ObjectDisposedException">The signer is disposed.</exception>
    public ValueTask<SshSignature> SignAsync(ReadOnlyMemory<byte> message, string purpose, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        return SshSignature.CreateAsync(_key, message, purpose, cancellationToken);
    }

    /// <summary>Overwrites a private key in memory, and closes the connection to the agent.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _key.Dispose();
        _agent?.Dispose();
    }

    /// <summary>Returns the private key of a file; or, if it can't be used, the public key that is in the file or beside it.</summary>
    private static (PrivateKey? Key, byte[]? PublicBlob) Read(string path)
    {
        if (PublicKeyFile.TryRead(path) is { } published)
            return (null, published);
        using var file = PrivateKeyFile.Read(path);
        var key = file.IsEncrypted ? null : file.Open();
        return (key, key is null ? file.PublicBlob?.ToArray() ?? PublicKeyFile.TryRead(path + ".pub") : null);
    }

    private static SshException Unusable(string message) => new(SshFailure.UnusableKey, message);
}
