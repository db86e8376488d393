namespace Volley.Cli.Rendering.Gathering;

/// <summary>One output in an <see cref="OutputTree"/>: the parts of branches from the root to a place.</summary>
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

    /// <summary>How many bytes it has.</summary>
    public long Length { get; }

    /// <summary>Reads from a position: at least one byte, unless it is the end.</summary>
    /// <exception cref="IOException">The temporary file can't be read.</exception>
    public int Read(long position, Span<byte> buffer)
    {
        if (position >= Length)
            return 0;
        // Where a branch has nothing before the next one forks from it, both start at the same byte: the later one counts.
        var index = Array.FindLastIndex(_branches, branch => branch.Start <= position);
        var end = index + 1 < _branches.Length ? _branches[index + 1].Start : Length;
        return _branches[index].Read(position - _branches[index].Start, buffer[..(int)Math.Min(buffer.Length, end - position)]);
    }
}
