namespace Volley.Cli.Output.Gathering;

/// <summary>A reader of one output in an <see cref="OutputTree"/>, along the branches from the root to a place.</summary>
internal sealed class OutputPath
{
    private readonly OutputBranch[] _branches;

    public OutputPath(OutputPlace place)
    {
        Length = place.Length;
        var branches = new List<OutputBranch>();
        for (OutputPlace? end = place; end is { Branch: var branch }; end = branch.Fork)
            branches.Add(branch);
        branches.Reverse();
        _branches = [.. branches];
    }

    /// <summary>The length in bytes.</summary>
    public long Length { get; }

    /// <summary>Reads bytes at a position. Returns at least one byte, except at the end.</summary>
    /// <exception cref="IOException">The temporary file can't be read.</exception>
    public int Read(long position, Span<byte> buffer)
    {
        if (position >= Length)
            return 0;
        // If a branch forks at offset 0 of the one before it, both start at the same byte: use the later one.
        var index = Array.FindLastIndex(_branches, branch => branch.Start <= position);
        var end = index + 1 < _branches.Length ? _branches[index + 1].Start : Length;
        return _branches[index].Read(position - _branches[index].Start, buffer[..(int)Math.Min(buffer.Length, end - position)]);
    }
}
