namespace Volley.Inventory;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>Returns the candidate with the fewest edits, or null if none is similar.</summary>
    /// <param name="name">The name that is unknown.</param>
    /// <param name="candidates">The names that are known.</param>
    /// <param name="most">The largest number of edits; null for a third of the length.</param>
    public static string? FindClosest(string name, IEnumerable<string> candidates, int? most = null)
    {
        string? closest = null;
        int fewest = (most ?? Math.Max(1, name.Length / 3)) + 1;
        foreach (string candidate in candidates)
        {
            if (Math.Abs(candidate.Length - name.Length) >= fewest)
                continue;
            int edits = CountEdits(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            // A name of which no letter is left was not meant.
            if (edits < fewest && edits < name.Length)
                (closest, fewest) = (candidate, edits);
        }
        return closest;
    }

    // Optimal string alignment: insertions, deletions, replacements and exchanges of neighbors.
    private static int CountEdits(string from, string to)
    {
        int[,] edits = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }
                int replaced = edits[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                edits[i, j] = Math.Min(replaced, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
            }
        }
        return edits[from.Length, to.Length];
    }
}
