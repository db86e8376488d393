namespace Volley.Interop.Blocking;

/// <summary>The exception for a blocking call that was abandoned because the caller's token fired.</summary>
/// <param name="what">A description of the call: "reading FILE".</param>
/// <param name="cancellationToken">The token.</param>
internal sealed class BlockedException(string what, CancellationToken cancellationToken)
    : OperationCanceledException($"{what} takes too long", cancellationToken)
{
    /// <summary>A description of the call.</summary>
    public string What { get; } = what;
}
