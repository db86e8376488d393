namespace Volley.Cli.Output.Gathering;

/// <summary>
/// A place in an <see cref="OutputTree"/>. It stands for the output between the root and the place; equal outputs have equal places.
/// </summary>
/// <param name="Branch">The branch of the place.</param>
/// <param name="Offset">The number of the branch's bytes that belong to the output.</param>
internal readonly record struct OutputPlace(OutputBranch Branch, long Offset)
{
    /// <summary>The length of the output in bytes.</summary>
    public long Length => Branch.Start + Offset;

    /// <summary>Returns a reader of the output.</summary>
    public OutputPath Path() => new(this);
}
