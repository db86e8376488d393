namespace Volley.Cli.Output.Gathering;

/// <summary>The order of arrival of a node's two streams, as alternating byte counts.</summary>
internal sealed class ArrivalOrder
{
    /// <summary>The largest number of turns kept: a node that alternates streams with every line would have millions.</summary>
    private const int MaxTurns = 4096;

    // Byte counts of standard output and standard error, alternating.
    private readonly List<long> _turns = [0];

    /// <summary>Records that data of a stream has arrived.</summary>
    public void Add(StreamKind stream, long count)
    {
        var isSame = (_turns.Count & 1) == (stream == StreamKind.Stdout ? 1 : 0);
        if (!isSame && _turns.Count < MaxTurns)
            _turns.Add(count);
        else if (isSame)
            _turns[^1] += count;
    }

    /// <summary>
    /// Returns the parts of both streams in order. After the last recorded turn, the rest of standard output comes before that of standard
    /// error.
    /// </summary>
    /// <param name="stdoutLength">The length of standard output in bytes.</param>
    /// <param name="stderrLength">The length of standard error in bytes.</param>
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
