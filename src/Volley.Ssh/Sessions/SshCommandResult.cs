using System.Text;

namespace Volley.Ssh;

/// <summary>The end of a remote command and its whole output.</summary>
/// <param name="ExitStatus">The exit status.</param>
/// <param name="StdoutData">The bytes that the command wrote to standard output.</param>
/// <param name="StderrData">The bytes that the command wrote to standard error.</param>
public sealed record SshCommandResult(SshExitStatus ExitStatus, ReadOnlyMemory<byte> StdoutData, ReadOnlyMemory<byte> StderrData)
{
    /// <summary>The encoding of the texts; UTF-8 by default.</summary>
    public Encoding Encoding { get; init; } = Encoding.UTF8;

    /// <summary>The text that the command wrote to standard output. Bytes that are not valid in <see cref="Encoding"/> are replaced.</summary>
    public string Stdout => Encoding.GetString(StdoutData.Span);

    /// <summary>The text that the command wrote to standard error. Bytes that are not valid in <see cref="Encoding"/> are replaced.</summary>
    public string Stderr => Encoding.GetString(StderrData.Span);

    /// <summary>Whether the command exited with 0.</summary>
    public bool Succeeded => ExitStatus.ExitCode == 0;

    /// <summary>
    /// Whether output may be missing: the connection ended after the command did and before its streams, or the server sent more than it was allowed
    /// to, which is dropped as in ssh.
    /// </summary>
    public bool HasLostOutput { get; init; }
}
