using System.Globalization;
using System.Net;
using System.Text;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Reports;

/// <summary>
/// Writes a page of Markdown for the summary of a CI step. Text of hosts is in HTML elements and escaped, so it can't become markup.
/// </summary>
internal sealed class MarkdownReport : IReportWriter
{
    /// <summary>The largest number of groups with their output. The summary of a step holds 1 MiB on GitHub.</summary>
    private const int MaxGroups = 50;

    /// <summary>The largest length of a group's output in bytes.</summary>
    private const int MaxLength = 4 * 1024;

    public void Write(Stream destination, RunReport report)
    {
        var text = new StringBuilder();
        var mark = report.Totals.Failed == 0 ? "✅" : "❌";
        text.Append(CultureInfo.InvariantCulture, $"### {mark} {Code(report.Title)}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"**{report.Verdict}** in {NumberText.Seconds(report.Clock.Duration)}, exit code {report.ExitCode}\n");
        AppendFailures(text, report);
        if (report.Collected is { } collected)
            AppendGroups(text, collected);
        destination.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void AppendFailures(StringBuilder text, RunReport report)
    {
        var failures = report.Summary.Failures();
        if (failures.Count == 0)
            return;
        text.Append("\n| cause | hosts | count |\n| --- | --- | ---: |\n");
        foreach (var group in failures)
        {
            var hosts = HostList.Fold(group.Select(target => target.Label));
            text.Append(CultureInfo.InvariantCulture, $"| {Escape(group.Key)} | {Code(hosts)} | {group.Count()} |\n");
        }
    }

    private static void AppendGroups(StringBuilder text, ReportCollector collected)
    {
        if (collected.Failure is { } failure)
            text.Append(CultureInfo.InvariantCulture, $"\n{Escape(failure)}\n");
        var groups = collected.Groups.Where(group => !group.Output.IsEmpty || group.Result.Message is not null).ToList();
        foreach (var group in groups.OrderBy(group => group.Result.Succeeded).Take(MaxGroups))
        {
            var cause = group.Result.Succeeded ? "" : $": {Escape(group.Result.Cause)}";
            text.Append(CultureInfo.InvariantCulture, $"\n<details><summary>{Code(group.Names)} ({group.Targets.Length}){cause}</summary>\n\n<pre>");
            if (group.Result.Message is { } message)
                text.Append(CultureInfo.InvariantCulture, $"{Escape(message)}\n");
            foreach (var (_, part) in group.Output.GetParts(MaxLength))
                text.Append(WebUtility.HtmlEncode(part));
            text.Append("</pre>\n\n</details>\n");
        }

        if (groups.Count > MaxGroups)
            text.Append(CultureInfo.InvariantCulture, $"\n{NumberText.Count(groups.Count - MaxGroups, "more group")} with output\n");
    }

    private static string Code(string text) => $"<code>{Escape(text)}</code>";

    /// <summary>Escapes text for one line of Markdown, where a cell ends at <c>|</c> and other characters are markup.</summary>
    private static string Escape(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in SafeText.Escape(text))
        {
            if (c is '<' or '>' or '&' or '"' or '|' or '*' or '_' or '`' or '[' or ']' or '\\' or '~' or ':' or '@' or '#')
                result.Append(CultureInfo.InvariantCulture, $"&#{(int)c};");
            else
                result.Append(c);
        }

        return result.ToString();
    }
}
