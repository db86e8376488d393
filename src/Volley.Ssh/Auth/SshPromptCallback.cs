namespace Volley.Ssh;

/// <summary>Answers a question of a login.</summary>
/// <param name="prompt">The question.</param>
/// <param name="cancellationToken">Fires when the attempt to connect is canceled. The connect timeout does not run meanwhile.</param>
/// <returns>
/// The answer in UTF-8; null for none, and then the login fails. The array becomes the property of the caller, which overwrites it with zeros.
/// </returns>
public delegate ValueTask<byte[]?> SshPromptCallback(SshPrompt prompt, CancellationToken cancellationToken);
