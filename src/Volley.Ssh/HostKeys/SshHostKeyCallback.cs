namespace Volley.Ssh;

/// <summary>Decides whether to accept the key of a host.</summary>
/// <param name="prompt">The host, its key, and what the known hosts say about it.</param>
/// <param name="cancellationToken">Fires when the connect timeout elapses, or the attempt to connect is canceled.</param>
/// <returns>The decision.</returns>
public delegate ValueTask<SshHostKeyDecision> SshHostKeyCallback(SshHostKeyPrompt prompt, CancellationToken cancellationToken);
