namespace Volley.Cli.Selection;

/// <summary>Random numbers (SplitMix64) that a seed determines in every version of the program.</summary>
internal sealed class SeededRandom(int seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>Returns the numbers from 0 to <paramref name="count"/> - 1 in random order.</summary>
    public int[] Shuffle(int count)
    {
        var numbers = Enumerable.Range(0, count).ToArray();
        for (var i = 0; i < count - 1; i++)
        {
            // The bias of the remainder is below 2^-44 for a million hosts.
            var other = i + (int)(Next() % (ulong)(count - i));
            (numbers[i], numbers[other]) = (numbers[other], numbers[i]);
        }

        return numbers;
    }

    private ulong Next()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
