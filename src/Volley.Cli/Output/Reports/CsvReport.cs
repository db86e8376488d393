using System.Globalization;
using System.Text;
using Volley.Cli.Terminal;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Reports;

/// <summary>Writes a row for each node in the form of RFC 4180. Cells that a spreadsheet would take for formulas begin with an apostrophe.</summary>
/// <param name="isForDevice">Whether the destination may be a terminal, for which control characters are escaped.</param>
internal sealed class CsvReport(bool isForDevice) : IReportWriter
{
    private const string Header =
        "node,rank,host,port,user,succeeded,outcome,exit_code,signal,code,cause,message,elapsed,"
        + "stdout_bytes,stderr_bytes,transferred_files,transferred_bytes,may_still_run,step,deleted_files";

    public void Write(Stream destination, RunReport report)
    {
        using var writer = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\r\n" };
        writer.WriteLine(Header);
        foreach (var (target, result) in report.Nodes)
        {
            writer.WriteLine(string.Join(
                ',',
                Text(target.Label),
                Number(target.Index),
                Text(target.Host),
                Number(target.Port),
                Text(target.User),
                result.Succeeded ? "true" : "false",
                JsonNames.Get(result.Outcome),
                Number(result.ExitCode),
                Text(result.Signal),
                Number(result.Code),
                Text(result.Cause),
                Text(result.Message),
                result.Elapsed.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture),
                Number(result.StdoutBytes),
                Number(result.StderrBytes),
                Number(result.TransferredFiles),
                Number(result.TransferredBytes),
                result.MayStillRun ? "true" : "false",
                Number(result.Step),
                Number(result.DeletedFiles)));
        }
    }

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private string Text(string? text)
    {
        if (text is null or "")
            return "";
        var valid = isForDevice ? SafeText.Escape(SystemText.ToValid(text)) : SystemText.ToValid(text);
        // As recommended by OWASP against formula injection.
        if (valid[0] is '=' or '+' or '-' or '@' or '\t' or '\r')
            valid = $"'{valid}";
        return valid.AsSpan().IndexOfAny(",\"\r\n") < 0 ? valid : $"\"{valid.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
