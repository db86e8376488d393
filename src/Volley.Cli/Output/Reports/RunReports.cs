using System.Collections.Immutable;
using Volley.Cli.Output.Files;
using Volley.Cli.Output.Json;
using Volley.Cli.Output.Reports.Html;
using Volley.Cli.Terminal;
using Volley.Interop;

namespace Volley.Cli.Output.Reports;

/// <summary>The report files of a run: those of <c>--report</c> and its companions, and <c>summary.json</c> of <c>--output-dir</c>.</summary>
internal sealed class RunReports
{
    private readonly ImmutableArray<(ReportRequest Request, ReportFile File)> _files;

    private RunReports(ImmutableArray<(ReportRequest Request, ReportFile File)> files)
    {
        _files = files;
    }

    /// <summary>Whether a report contains what the hosts printed, so that it must be collected.</summary>
    public bool HasOutput => _files.Any(file => file.Request.HasOutput);

    /// <summary>Checks that the files can be written, and that no two are the same.</summary>
    /// <param name="requests">The reports.</param>
    /// <param name="directory">The directory of <c>--output-dir</c>, which has the summary, or null.</param>
    /// <exception cref="UsageException">A file can't be written, or has two uses.</exception>
    public static RunReports Prepare(ImmutableArray<ReportRequest> requests, OutputDirectory? directory)
    {
        if (requests.Where(request => request.Path == ReportRequest.Stdout).Skip(1).FirstOrDefault() is { } second)
            throw new UsageException($"{second.Option} {second.Path}: another report goes to standard output; write one of them to a file");
        var files = requests.Select(request => (Request: request, File: ReportFile.Prepare(request.Option, request.GetFilePath()))).ToList();
        if (files.Find(file => directory?.IsFileOfTarget(file.File.Path) == true).Request is { } hosts)
            throw new UsageException($"{hosts.Option} {hosts.Path}: --output-dir has the output of a host there; choose another name");
        if (directory?.Summary is { } summary)
            files.Add((new ReportRequest("--output-dir", summary.Path, ReportFormat.Json), summary));
        if (files.GroupBy(file => file.File.Path).FirstOrDefault(group => group.Skip(1).Any(file => !file.File.IsDevice)) is { } twice)
            throw new UsageException($"{twice.Last().Request.Option} {twice.Last().Request.Path}: another report has the same file; choose another name");
        return new RunReports([.. files]);
    }

    /// <summary>Writes all reports. Returns the exit code if one of them can't be written: that of the end of a pipe if only its reader left, else null.</summary>
    /// <param name="report">The run.</param>
    /// <param name="summary">The JSON form of the summary.</param>
    /// <param name="stopped">Completes when a run was stopped so long ago that reports no longer wait for a reader.</param>
    /// <param name="writer">Receives messages about failures.</param>
    public async Task<int?> WriteAsync(RunReport report, SummaryReport summary, Func<Task> stopped, TerminalWriter writer)
    {
        int? code = null;
        foreach (var (request, file) in _files)
        {
            try
            {
                var format = GetWriter(request.Format, summary, file.IsDevice);
                // A named pipe without a reader blocks its writer. A stopped run waits for the reader no longer than for a command.
                var writing = Task.Factory.StartNew(
                    () => file.Write(stream => format.Write(stream, report)),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default);
                if (await Task.WhenAny(writing, stopped()) != writing)
                    throw new IOException("stopped before the report was written");
                await writing;
            }
            catch (IOException failure) when (failure.HResult == Errno.BrokenPipe && request.Path == ReportRequest.Stdout)
            {
                // The reader left, as head does, and needs no message.
                code ??= ExitCodes.ForStop(StopReason.OutputClosed);
            }
            catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
            {
                writer.PrintErr($"volley: {file.Path}: {SystemMessage.Of(failure)}");
                writer.Flush();
                code = ExitCodes.Failure;
            }
        }

        return code;
    }

    private static IReportWriter GetWriter(ReportFormat format, SummaryReport summary, bool isForDevice) => format switch
    {
        ReportFormat.JUnit => new JUnitReport(),
        ReportFormat.Markdown => new MarkdownReport(),
        ReportFormat.Csv => new CsvReport(isForDevice),
        ReportFormat.Html => new HtmlReport(),
        ReportFormat.SucceededHosts => new HostListReport(succeeded: true),
        ReportFormat.FailedHosts => new HostListReport(succeeded: false),
        _ => new JsonReport(summary, isForDevice),
    };
}
