using System.Text;

namespace Volley.Ssh;

/// <summary>The end of a remote command and its whole output.</summary>
/// <param name="Exit">The exit status.</param>
/// <param name="StdoutBytes">The bytes that the command wrote to standard output.</param>
/// <param name="StderrBytes">The bytes that the command wrote to standard error.</param>
public sealed record SshCommandResult(SshExit Exit, ReadOnlyMemory<byte> StdoutBytes, ReadOnlyMemory<byte> StderrBytes)
{
    /// <summary>The encoding of the texts; UTF-8 by default.</summary>
    public Encoding Encoding { get; init; } = Encoding.UTF8;

    /// <summary>The text that the command wrote to standard output. Bytes that are not valid in <see cref="Encoding"/> are replaced.</summary>
    public string Stdout => Encoding.GetString(StdoutBytes.Span);

    /// <summary>The text that the command wrote to standard error. Bytes that are not valid in <see cref="Encoding"/> are replaced.</summary>
    public string Stderr => Encoding.GetString(StderrBytes.Span);

    /// <summary>Whether the command exited with status 0.</summary>
    public bool IsSuccess => Exit.Status == 0;

    /// <summary>
    /// Whether output may be missing: the connection ended after the command did and before its streams, or the server sent more than it was allowed
    /// to, which is dropped as in ssh.
    /// </summary>
    public bool HasLostOutput { get; init; }
}
