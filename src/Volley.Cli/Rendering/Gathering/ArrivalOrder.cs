namespace Volley.Cli.Rendering.Gathering;

/// <summary>In which order the two streams of a node came: how much of the one, then of the other, and so on.</summary>
internal sealed class ArrivalOrder
{
    /// <summary>How many turns are kept: a node that changes its stream with every line would have millions.</summary>
    private const int LongestOrder = 4096;

    // Standard output and standard error in turns.
    private readonly List<long> _turns = [0];

    /// <summary>More of a stream has come.</summary>
    public void Add(StreamKind stream, long count)
    {
        var isSame = (_turns.Count & 1) == (stream == StreamKind.Stdout ? 1 : 0);
        if (!isSame && _turns.Count < LongestOrder)
            _turns.Add(count);
        else if (isSame)
            _turns[^1] += count;
    }

    /// <summary>The parts of both streams in order. What came after the turns that are kept is standard output, then standard error.</summary>
    /// <param name="stdoutLength">How much of standard output there is in all.</param>
    /// <param name="stderrLength">How much of standard error.</param>
    public IEnumerable<(StreamKind Stream, long From, long To)> Parts(long stdoutLength, long stderrLength)
    {
        var (stdout, stderr) = (0L, 0L);
        for (var i = 0; i < _turns.Count; i++)
        {
            if ((i & 1) == 0)
                yield return (StreamKind.Stdout, stdout, stdout = Math.Min(stdout + _turns[i], stdoutLength));
            else
                yield return (StreamKind.Stderr, stderr, stderr = Math.Min(stderr + _turns[i], stderrLength));
        }

        yield return (StreamKind.Stdout, stdout, stdoutLength);
        yield return (StreamKind.Stderr, stderr, stderrLength);
    }
}
