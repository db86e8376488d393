namespace Volley.Ssh;

/// <summary>The result of a remote command.</summary>
/// <param name="Exit">The exit status.</param>
/// <param name="Stdout">The bytes that the command wrote to standard output.</param>
/// <param name="Stderr">The bytes that the command wrote to standard error.</param>
public sealed record SshCommandResult(SshExit Exit, ReadOnlyMemory<byte> Stdout, ReadOnlyMemory<byte> Stderr);
