namespace Volley.Relay;

/// <summary>Relays or their server can't be used. The message is for the user: what, where, and what to do.</summary>
/// <param name="message">The message.</param>
/// <param name="cause">The exception behind it; null for none.</param>
public sealed class RelayException(string message, Exception? cause = null) : Exception(message, cause);
