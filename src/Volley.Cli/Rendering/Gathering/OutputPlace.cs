namespace Volley.Cli.Rendering.Gathering;

/// <summary>A place in an <see cref="OutputTree"/>: what lies between the root and it is an output. Equal outputs have equal places.</summary>
/// <param name="Branch">The branch that it lies on.</param>
/// <param name="Offset">How many bytes of the branch belong to the output.</param>
internal readonly record struct OutputPlace(OutputBranch Branch, long Offset)
{
    /// <summary>How many bytes the output has.</summary>
    public long Length => Branch.Start + Offset;

    /// <summary>The output, to be read from its beginning.</summary>
    public OutputPath Path() => new(this);
}
