using System.Globalization;

namespace Volley.Inventory;

/// <summary>A line of a file.</summary>
/// <param name="Path">The path of the file.</param>
/// <param name="Line">The line, from 1, or 0 for the whole file.</param>
public readonly record struct FilePlace(string Path, int Line)
{
    /// <summary>Returns <c>hosts.yaml line 3</c>.</summary>
    public override string ToString() => Line == 0 ? Path : string.Create(CultureInfo.InvariantCulture, $"{Path} line {Line}");
}
