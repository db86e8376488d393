namespace Volley.Cli.Locking;

/// <summary>The exception for a run that did not get its lock.</summary>
/// <param name="message">The reason.</param>
/// <param name="code">The exit code.</param>
internal sealed class LockException(string message, int code) : Exception(message)
{
    public int Code => code;
}
