namespace Volley.Rollout;

/// <summary>A journal can't be read or written, or a run is not in it.</summary>
/// <param name="message">A message for the user.</param>
/// <param name="innerException">The cause, or null.</param>
public sealed class JournalException(string message, Exception? innerException = null) : Exception(message, innerException);
