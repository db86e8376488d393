using System.Text;

namespace Volley.Cli.Output;

/// <summary>A table in which columns are aligned by spaces.</summary>
internal static class TextTable
{
    /// <summary>Returns the lines of a table, without a newline at the end.</summary>
    /// <param name="rows">The rows, of equal length, and with the titles if there are any; at least one.</param>
    public static string Format(IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
        return text.ToString().TrimEnd('\n');
    }
}
