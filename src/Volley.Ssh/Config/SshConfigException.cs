namespace Volley.Ssh;

/// <summary>The exception for an ssh configuration, or an override of the command line, that ssh would refuse too.</summary>
/// <param name="message">The error; it begins with the position.</param>
/// <param name="file">The file, or "command line".</param>
/// <param name="line">The line, from 1; 0 if the error is not in a line of a file.</param>
/// <param name="innerException">The cause, if there is one.</param>
public sealed class SshConfigException(string message, string file, int line, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The file, or "command line".</summary>
    public string File { get; } = file;

    /// <summary>The line, from 1; 0 if the error is not in a line of a file.</summary>
    public int Line { get; } = line;

    /// <summary>The index of the error in the text of the jump hosts; null if the error is not there.</summary>
    public int? JumpPosition { get; init; }
}
