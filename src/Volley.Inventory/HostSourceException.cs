using System.Globalization;

namespace Volley.Inventory;

/// <summary>The exception for a source that can't be read or whose content is invalid.</summary>
public sealed class HostSourceException : Exception
{
    /// <summary>Creates an exception for a failure at a place of a source.</summary>
    /// <param name="source">The name of the source.</param>
    /// <param name="message">What is wrong, and what was expected. Control characters in it are shown as <c>?</c>.</param>
    /// <param name="path">The file or program, or null if there is none.</param>
    /// <param name="line">The line of the file, from 1, or 0 if none is meant.</param>
    /// <param name="innerException">The failure of the system, if there is one.</param>
    public HostSourceException(string source, string message, string? path = null, int line = 0, Exception? innerException = null)
        : base(WithPlace(source, message, path, line), innerException)
    {
        SourceName = source;
        Path = path;
        Line = line;
    }

    /// <summary>The name of the source.</summary>
    public string SourceName { get; }

    /// <summary>The file or program, or null if there is none.</summary>
    public string? Path { get; }

    /// <summary>The line of the file, from 1, or 0 if none is meant.</summary>
    public int Line { get; }

    private static string WithPlace(string source, string message, string? path, int line)
    {
        string place = path is null ? "" : line == 0 ? $"{path}: " : string.Create(CultureInfo.InvariantCulture, $"{path} line {line}: ");
        return Printable($"{source}: {place}{message}");
    }

    private static string Printable(string text) =>
        string.Create(text.Length, text, static (shown, text) =>
        {
            for (int i = 0; i < shown.Length; i++)
                shown[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) ? '?' : text[i];
        });
}
