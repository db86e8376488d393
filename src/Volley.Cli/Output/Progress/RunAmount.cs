namespace Volley.Cli.Output.Progress;

/// <summary>How many bytes a run has moved.</summary>
/// <param name="Bytes">The bytes of output and of file transfers so far.</param>
/// <param name="Expected">The bytes of all file transfers; null if there are none or their number is not known.</param>
internal readonly record struct RunAmount(long Bytes, long? Expected = null)
{
    /// <summary>The part that is done, from 0 to 1; null if the expected number is not known.</summary>
    public double? Fraction => Expected is > 0 and var expected ? Math.Clamp((double)Bytes / expected, 0, 1) : null;
}
