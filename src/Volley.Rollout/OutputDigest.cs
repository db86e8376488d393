namespace Volley.Rollout;

/// <summary>The output of a target in a form that is quick to compare.</summary>
/// <param name="Bytes">The number of bytes on both streams.</param>
/// <param name="Omitted">The number of these that the journal does not have.</param>
/// <param name="Hash">A hash of those that it has.</param>
public readonly record struct OutputDigest(long Bytes, long Omitted, string Hash)
{
    /// <summary>
    /// Returns whether the output may be the same as another one, perhaps of another run. If the journals have different parts of the outputs, only the
    /// numbers of bytes are compared.
    /// </summary>
    /// <param name="other">The other output.</param>
    /// <returns>False if they differ.</returns>
    public bool Matches(OutputDigest other) => Bytes == other.Bytes && (Omitted != other.Omitted || Hash == other.Hash);
}
