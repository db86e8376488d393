namespace Volley.Transfers.Deltas;

/// <summary>A part of a new file whose content the old file has.</summary>
/// <param name="Offset">The offset in the new file.</param>
/// <param name="OldOffset">The offset in the old file.</param>
/// <param name="Length">The number of bytes.</param>
internal readonly record struct BlockCopy(long Offset, long OldOffset, long Length)
{
    /// <summary>The offset in the new file behind the part.</summary>
    public long End => Offset + Length;
}
