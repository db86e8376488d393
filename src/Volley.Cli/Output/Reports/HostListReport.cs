using System.Text;
using Volley.Interop.Text;

namespace Volley.Cli.Output.Reports;

/// <summary>Writes the nodes that succeeded, or those that did not, one a line, as <c>-H ^FILE</c> reads them.</summary>
/// <param name="succeeded">Whether to write the nodes that succeeded.</param>
internal sealed class HostListReport(bool succeeded) : IReportWriter
{
    public void Write(Stream destination, RunReport report)
    {
        using var writer = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        foreach (var (target, _) in report.Nodes.Where(node => node.Result.Succeeded == succeeded))
            writer.WriteLine(SystemText.ToValid(target.Name));
    }
}
