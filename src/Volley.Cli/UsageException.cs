namespace Volley.Cli;

/// <summary>The user asked for something that can't be done: one message that says what, where, and what to do; exit 2, and nothing is touched.</summary>
internal sealed class UsageException(string message) : Exception(message);
