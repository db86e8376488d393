namespace Volley.Ssh;

/// <summary>Returns the password of a host.</summary>
/// <param name="settings">The settings of the host, which may be a jump host.</param>
/// <param name="cancellationToken">Fires when the connect timeout elapses, or the attempt to connect is canceled.</param>
/// <returns>
/// The password in UTF-8; null for no password, empty if the host has refused it before. The array becomes the property of the caller, which overwrites
/// it with zeros once the login is over.
/// </returns>
public delegate ValueTask<byte[]?> SshPasswordCallback(SshHostSettings settings, CancellationToken cancellationToken);
