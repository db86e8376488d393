namespace Volley.Ssh.Blocking;

/// <summary>A call that blocks was abandoned, because the caller's token fired.</summary>
/// <param name="what">What the call does: "reading FILE".</param>
/// <param name="cancellationToken">The token.</param>
internal sealed class BlockedException(string what, CancellationToken cancellationToken)
    : OperationCanceledException($"{what} takes too long", cancellationToken)
{
    /// <summary>What the call does.</summary>
    public string What { get; } = what;
}
