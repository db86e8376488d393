using System.Numerics;

namespace Volley.Relay.Records;

/// <summary>A set of ranks: a bit for each, in pages, so that neither many ranks nor a large one take much memory.</summary>
internal sealed class RankSet
{
    private const int PageRanks = 1024;

    private readonly SortedDictionary<int, ulong[]> _pages = [];

    public bool Contains(int rank) => _pages.TryGetValue(rank / PageRanks, out var page) && (page[Word(rank)] & Bit(rank)) != 0;

    public void Add(int rank)
    {
        if (!_pages.TryGetValue(rank / PageRanks, out var page))
            _pages.Add(rank / PageRanks, page = new ulong[PageRanks / 64]);
        page[Word(rank)] |= Bit(rank);
    }

    /// <summary>Returns the ranks as ranges, in order.</summary>
    public IEnumerable<(int First, int Last)> Ranges()
    {
        (int First, int Last)? open = null;
        foreach (var rank in Ranks())
        {
            if (open is var (first, last) && rank == last + 1)
            {
                open = (first, rank);
                continue;
            }

            if (open is { } range)
                yield return range;
            open = (rank, rank);
        }

        if (open is { } lastRange)
            yield return lastRange;
    }

    private IEnumerable<int> Ranks()
    {
        foreach (var (number, page) in _pages)
        {
            for (var word = 0; word < page.Length; word++)
            {
                for (var bits = page[word]; bits != 0; bits &= bits - 1)
                    yield return (number * PageRanks) + (word * 64) + BitOperations.TrailingZeroCount(bits);
            }
        }
    }

    private static int Word(int rank) => rank % PageRanks / 64;

    private static ulong Bit(int rank) => 1UL << (rank % 64);
}
