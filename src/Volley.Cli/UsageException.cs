namespace Volley.Cli;

/// <summary>
/// The exception for a request that can't be satisfied. Its message says what is wrong, where, and what to do. The program exits with code
/// 2 and has changed nothing.
/// </summary>
internal sealed class UsageException(string message) : Exception(message);
