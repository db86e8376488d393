namespace Volley.Rollout;

/// <summary>The output of a target in a form that is quick to compare.</summary>
/// <param name="Bytes">The number of bytes on both streams.</param>
/// <param name="Omitted">The number of these that the journal does not have.</param>
/// <param name="Hash">A hash of both streams, those bytes included; null if it is not known.</param>
public readonly record struct OutputDigest(long Bytes, long Omitted, string? Hash)
{
    /// <summary>Returns whether the output is the same as another one, perhaps of another run.</summary>
    /// <param name="other">The other output.</param>
    /// <returns>Null if the journals do not tell.</returns>
    public bool? Matches(OutputDigest other) => Bytes != other.Bytes ? false : Hash is null || other.Hash is null ? null : Hash == other.Hash;
}
