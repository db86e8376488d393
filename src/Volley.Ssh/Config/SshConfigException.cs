namespace Volley.Ssh.Config;

/// <summary>An ssh_config, or what the command line says instead of it, is refused: ssh would not connect with it either.</summary>
/// <param name="message">What is wrong; begins with the place.</param>
/// <param name="file">The file, or "command line".</param>
/// <param name="line">The line from 1; 0 if it is no line of a file.</param>
/// <param name="inner">What it came from.</param>
public sealed class SshConfigException(string message, string file, int line, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The file, or "command line".</summary>
    public string File { get; } = file;

    /// <summary>The line from 1; 0 if it is no line of a file.</summary>
    public int Line { get; } = line;

    /// <summary>The place of the fault in the list of jump hosts that was given, from 0; null where it is not in one.</summary>
    public int? JumpPosition { get; init; }
}
