using DiffPlex;
using DiffPlex.Model;

namespace Volley.Cli.Output.Gathering;

/// <summary>The difference of two texts in the format of <c>diff -u</c>, without the two header lines.</summary>
internal static class UnifiedDiff
{
    /// <summary>
    /// The largest number of lines between common beginning and end, both sides together. The comparison takes quadratic time in it.
    /// </summary>
    public const int MaxLines = 10_000;

    private const int Context = 3;
    private const string NoNewline = "\\ No newline at end of file";

    private static readonly LineChunker Lines = new();

    /// <summary>Compares two texts. Returns null if the comparison would take too long.</summary>
    /// <returns>The lines of the difference, without newlines.</returns>
    public static IReadOnlyList<string>? Compare(string before, string after)
    {
        if (DifferingLines(LineChunker.Cut(before), LineChunker.Cut(after)) > MaxLines)
            return null;
        var diff = Differ.Instance.CreateDiffs(before, after, ignoreWhiteSpace: false, ignoreCase: false, Lines);
        var result = new List<string>();
        for (var i = 0; i < diff.DiffBlocks.Count;)
        {
            var last = i;
            while (last + 1 < diff.DiffBlocks.Count
                && diff.DiffBlocks[last + 1].DeleteStartA - EndA(diff.DiffBlocks[last]) <= 2 * Context)
            {
                last++;
            }

            AddHunk(result, diff, i, last);
            i = last + 1;
        }

        return result;
    }

    private static void AddHunk(List<string> result, DiffResult diff, int first, int last)
    {
        var blocks = diff.DiffBlocks;
        var lead = Math.Min(Context, blocks[first].DeleteStartA);
        var (startA, startB) = (blocks[first].DeleteStartA - lead, blocks[first].InsertStartB - lead);
        var trail = Math.Min(Context, diff.PiecesOld.Count - EndA(blocks[last]));
        var countA = EndA(blocks[last]) + trail - startA;
        var countB = blocks[last].InsertStartB + blocks[last].InsertCountB + trail - startB;
        result.Add($"@@ -{Range(startA, countA)} +{Range(startB, countB)} @@");

        var position = startA;
        for (var i = first; i <= last; i++)
        {
            AddLines(result, ' ', diff.PiecesOld, position, blocks[i].DeleteStartA);
            AddLines(result, '-', diff.PiecesOld, blocks[i].DeleteStartA, EndA(blocks[i]));
            AddLines(result, '+', diff.PiecesNew, blocks[i].InsertStartB, blocks[i].InsertStartB + blocks[i].InsertCountB);
            position = EndA(blocks[i]);
        }

        AddLines(result, ' ', diff.PiecesOld, position, position + trail);
    }

    private static void AddLines(List<string> result, char mark, IReadOnlyList<string> lines, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var isWhole = lines[i].EndsWith('\n');
            result.Add($"{mark}{(isWhole ? lines[i][..^1] : lines[i])}");
            if (!isWhole)
                result.Add(NoNewline);
        }
    }

    // As in POSIX diff: line numbers start at 1, a count of 1 is omitted, and an empty range names the line before it.
    private static string Range(int start, int count) => count switch
    {
        0 => $"{start},0",
        1 => $"{start + 1}",
        _ => $"{start + 1},{count}",
    };

    private static int EndA(DiffBlock block) => block.DeleteStartA + block.DeleteCountA;

    private static int DifferingLines(List<string> before, List<string> after)
    {
        var shorter = Math.Min(before.Count, after.Count);
        var head = 0;
        while (head < shorter && before[head] == after[head])
            head++;
        var tail = 0;
        while (tail < shorter - head && before[^(tail + 1)] == after[^(tail + 1)])
            tail++;
        return before.Count + after.Count - (2 * (head + tail));
    }

    /// <summary>Splits after each newline, and nowhere else.</summary>
    private sealed class LineChunker : IChunker
    {
        IReadOnlyList<string> IChunker.Chunk(string text) => Cut(text);

        public static List<string> Cut(string text)
        {
            var lines = new List<string>();
            for (var start = 0; start < text.Length;)
            {
                var newline = text.IndexOf('\n', start);
                var end = newline < 0 ? text.Length : newline + 1;
                lines.Add(text[start..end]);
                start = end;
            }

            return lines;
        }
    }
}
