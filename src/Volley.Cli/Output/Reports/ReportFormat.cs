using System.Buffers;

namespace Volley.Cli.Output.Reports;

/// <summary>The formats of <c>--report</c>.</summary>
internal enum ReportFormat
{
    /// <summary>The summary and all nodes as JSON.</summary>
    Json,

    /// <summary>JUnit's XML, which CI servers show: a test case for each node.</summary>
    JUnit,

    /// <summary>A page of Markdown, such as the summary of a CI step.</summary>
    Markdown,

    /// <summary>A row for each node, for spreadsheets.</summary>
    Csv,

    /// <summary>A page for a browser.</summary>
    Html,

    /// <summary>The names of the nodes that succeeded.</summary>
    SucceededHosts,

    /// <summary>The names of the nodes that did not succeed.</summary>
    FailedHosts,
}

/// <summary>A report to write: its format and its file.</summary>
/// <param name="Option">The name of the option, for messages.</param>
/// <param name="Path">The path of the file.</param>
/// <param name="Format">The format.</param>
internal sealed record ReportRequest(string Option, string Path, ReportFormat Format)
{
    /// <summary>The path that stands for standard output.</summary>
    public const string Stdout = "-";

    private static readonly (string Name, string Suffix, ReportFormat Format)[] Formats =
    [
        ("json", ".json", ReportFormat.Json),
        ("junit", ".xml", ReportFormat.JUnit),
        ("markdown", ".md", ReportFormat.Markdown),
        ("csv", ".csv", ReportFormat.Csv),
        ("html", ".html", ReportFormat.Html),
    ];

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Whether the report contains what the hosts printed.</summary>
    public bool HasOutput => Format is ReportFormat.JUnit or ReportFormat.Markdown or ReportFormat.Html;

    /// <summary>Returns the path of the file to write.</summary>
    public string GetFilePath() => Path == Stdout ? "/dev/stdout" : Path;

    /// <summary>Parses a value of <c>--report</c>: <c>[FORMAT:]FILE</c>, where <c>-</c> is standard output. Without a format, the suffix of the file states it.</summary>
    /// <exception cref="UsageException">The file is empty, or what precedes it or its suffix names no format.</exception>
    public static ReportRequest Parse(string name, string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var prefixed = colon < 0 ? -1 : Array.FindIndex(Formats, format => format.Name == text[..colon] || format.Suffix[1..] == text[..colon]);
        var path = prefixed < 0 ? text : text[(colon + 1)..];
        if (path.Length == 0)
            throw new UsageException($"{name} {text}: the name of the file is empty");
        if (prefixed >= 0)
            return new ReportRequest(name, path, Formats[prefixed].Format);
        if (colon > 0 && text.AsSpan(0, colon).IndexOfAnyExcept(Letters) < 0)
        {
            throw new UsageException(
                $"{name} {text}: unknown format '{text[..colon]}'; it is one of "
                + $"{string.Join(", ", Formats.Select(format => format.Name))}. A file of this name is ./{text}");
        }

        if (path == Stdout)
            return new ReportRequest(name, path, ReportFormat.Json);

        var suffix = System.IO.Path.GetExtension(path);
        // Devices and pipes have names of their own; a dot in front begins a hidden file, not a suffix.
        if (suffix.Length <= 1 || path.StartsWith("/dev/", StringComparison.Ordinal) || suffix == System.IO.Path.GetFileName(path))
            return new ReportRequest(name, path, ReportFormat.Json);
        var known = Array.FindIndex(Formats, format => format.Suffix.Equals(suffix, StringComparison.OrdinalIgnoreCase));
        return known >= 0
            ? new ReportRequest(name, path, Formats[known].Format)
            : throw new UsageException(
                $"{name} {text}: unknown format '{suffix}'; the suffix is {string.Join(", ", Formats.Select(format => format.Suffix))}, "
                    + $"or the format precedes the file: {name} {Formats[0].Name}:{text}");
    }
}
