using System.Globalization;
using System.Text;
using System.Xml;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Reports;

/// <summary>
/// Writes JUnit's XML: a test case for each node. A command that failed is a failure, a node that could not be reached an error, and a node that
/// never started is skipped.
/// </summary>
internal sealed class JUnitReport : IReportWriter
{
    /// <summary>The largest length of a node's stream in the file, in bytes. CI servers keep reports in memory.</summary>
    private const int MaxLength = 64 * 1024;

    private static readonly XmlWriterSettings Settings = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        Indent = true,
        NewLineChars = "\n",
    };

    public void Write(Stream destination, RunReport report)
    {
        var nodes = report.Nodes.ToList();
        using var xml = XmlWriter.Create(destination, Settings);
        xml.WriteStartDocument();
        xml.WriteStartElement("testsuites");
        WriteCounts(xml, report, nodes);
        xml.WriteStartElement("testsuite");
        WriteCounts(xml, report, nodes);
        xml.WriteAttributeString("timestamp", report.Clock.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        foreach (var (target, result) in nodes)
            WriteCase(xml, report, target, result);
        if (report.Collected?.Failure is { } failure)
            xml.WriteElementString("system-err", Valid(failure));
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndDocument();
    }

    private static void WriteCounts(XmlWriter xml, RunReport report, List<(Target Target, NodeResult Result)> nodes)
    {
        xml.WriteAttributeString("name", Valid(report.Title));
        xml.WriteAttributeString("tests", Text(nodes.Count));
        xml.WriteAttributeString("failures", Text(nodes.Count(node => GetElement(node.Result) == "failure")));
        xml.WriteAttributeString("errors", Text(nodes.Count(node => GetElement(node.Result) == "error")));
        xml.WriteAttributeString("skipped", Text(nodes.Count(node => GetElement(node.Result) == "skipped")));
        xml.WriteAttributeString("time", Seconds(report.Clock.Duration));
    }

    private static void WriteCase(XmlWriter xml, RunReport report, Target target, NodeResult result)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", "volley");
        xml.WriteAttributeString("name", Valid(target.Label));
        xml.WriteAttributeString("time", Seconds(result.Elapsed));
        if (GetElement(result) is { } element)
        {
            xml.WriteStartElement(element);
            xml.WriteAttributeString("message", Valid(result.Cause));
            if (element != "skipped")
                xml.WriteAttributeString("type", JsonNames.Get(result.Outcome));
            xml.WriteString(Valid(result.Message ?? ""));
            xml.WriteEndElement();
        }

        if (report.Collected?.GetOutput(target) is { } output)
        {
            WriteStream(xml, "system-out", output, StreamKind.Stdout);
            WriteStream(xml, "system-err", output, StreamKind.Stderr);
        }

        xml.WriteEndElement();
    }

    private static void WriteStream(XmlWriter xml, string element, ReportOutput output, StreamKind stream)
    {
        if (output.GetText(stream, MaxLength) is { Length: > 0 } text)
            xml.WriteElementString(element, Valid(text));
    }

    /// <summary>Returns the element for a result; null if the node succeeded.</summary>
    private static string? GetElement(NodeResult result) => result.Outcome == NodeOutcome.NotStarted ? "skipped" : ResultKinds.Get(result) switch
    {
        ResultKind.Succeeded => null,
        ResultKind.Unreachable => "error",
        _ => "failure",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>Returns text without the characters that XML 1.0 section 2.2 does not allow.</summary>
    private static string Valid(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value != '\n' && SafeText.VisibleForm(rune, ' ', isUnicode: true) is { } visible)
                result.Append(visible);
            else
                result.Append(rune.Value is 0xFFFE or 0xFFFF ? Rune.ReplacementChar : rune);
        }

        return result.ToString();
    }
}
