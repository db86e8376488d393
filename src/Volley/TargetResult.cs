using System.Text;

namespace Volley;

/// <summary>
/// The result of one target with its output, as <see cref="ParallelExecutor.RunToEndAsync(RunPlan, RunControl?, int, CancellationToken)"/> collects it.
/// </summary>
/// <param name="target">The target.</param>
/// <param name="result">How the target ended.</param>
public sealed class TargetResult(Target target, NodeResult result)
{
    private string? _stdout;
    private string? _stderr;

    /// <summary>The target.</summary>
    public Target Target => target;

    /// <summary>How the target ended. Failures are results, so check it before you use the output.</summary>
    public NodeResult Result => result;

    /// <summary>Whether the command exited with 0.</summary>
    public bool Succeeded => Result.Succeeded;

    /// <summary>The collected standard output, decoded as UTF-8 at the first use. Invalid bytes are replaced by U+FFFD.</summary>
    public string Stdout => _stdout ??= Encoding.UTF8.GetString(StdoutData.Span);

    /// <summary>The collected standard error, decoded as UTF-8 at the first use. Invalid bytes are replaced by U+FFFD.</summary>
    public string Stderr => _stderr ??= Encoding.UTF8.GetString(StderrData.Span);

    /// <summary>The collected bytes of standard output.</summary>
    public ReadOnlyMemory<byte> StdoutData { get; init; }

    /// <summary>The collected bytes of standard error.</summary>
    public ReadOnlyMemory<byte> StderrData { get; init; }

    /// <summary>
    /// Whether a stream had more bytes than were to be collected. The first bytes are kept; <see cref="NodeResult.StdoutBytes"/> and
    /// <see cref="NodeResult.StderrBytes"/> of the result count all of them.
    /// </summary>
    public bool IsTruncated => Result.StdoutBytes > StdoutData.Length || Result.StderrBytes > StderrData.Length;
}
