using System.Text;

namespace Volley.Ssh;

/// <summary>The options of a remote process.</summary>
public sealed record SshProcessOptions
{
    /// <summary>
    /// The environment variables, in addition to SendEnv and SetEnv of the configuration. Servers accept only the names that their configuration
    /// allows (AcceptEnv), and do not report others. Null for none.
    /// </summary>
    /// <exception cref="ArgumentException">A name is empty or has a <c>=</c> or a NUL, or a value is null or has a NUL.</exception>
    public IReadOnlyDictionary<string, string>? Environment
    {
        get;
        init => field = value is null ? null : Argument.Variables(value, nameof(Environment));
    }

    /// <summary>The terminal of the process; null for none.</summary>
    public SshPseudoTerminal? Terminal { get; init; }

    /// <summary>
    /// The bytes for standard input, which then ends; null to leave standard input open for <see cref="SshProcess.StandardInput"/>.
    /// <see cref="SshClient.RunAsync"/> takes null as no input. The memory must not change while the process runs.
    /// </summary>
    public ReadOnlyMemory<byte>? Input { get; init; }

    /// <summary>The encoding of the output's text. The default is UTF-8.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Encoding Encoding { get; init => field = Argument.NotNull(value, nameof(Encoding)); } = Encoding.UTF8;

    /// <summary>
    /// The largest output that <see cref="SshProcess.ReadToEndAsync"/> collects, in bytes, and the longest line of
    /// <see cref="SshProcess.ReadLinesAsync"/>. Beyond it they fail with <see cref="SshFailure.OutputTooLarge"/>. The default is 256 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxOutputLength { get; init => field = Argument.AtLeast(0, value, nameof(MaxOutputLength)); } = 256 << 20;

    /// <summary>
    /// The path of the socket of an ssh-agent that programs of the process may use, as with ssh's -A; null, the default, for none. Who controls the
    /// server can use the agent's keys while the process runs.
    /// </summary>
    public string? AgentSocket { get; init; }
}
