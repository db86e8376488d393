using System.Collections.Immutable;
using Volley.Execution;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transfers.Pulling;

/// <summary>The runner of <see cref="PullJob"/>.</summary>
/// <param name="job">The job.</param>
/// <param name="run">What all nodes of the run share.</param>
internal sealed class PullRunner(PullJob job, RunContext run) : IJobRunner
{
    private readonly WorkPhases _phases = new(run, "the SFTP server has not started after", "the transfer took longer than");
    private readonly RateLimit? _rate = job.Rate is { } rate ? new RateLimit(rate, run.Time) : null;
    private readonly ImmutableArray<PullPlace> _places = job.Places?.ForTargets(run.Plan.AllTargets) ?? [];

    public async Task<NodeResult> RunAsync(Node node, ISession session)
    {
        if (await OpenAsync(node, session).ConfigureAwait(false) is not { } sftp)
            return await RunAsync(node, session, null).ConfigureAwait(false);
        await using var disposing = sftp.ConfigureAwait(false);
        return await RunAsync(node, session, sftp).ConfigureAwait(false);
    }

    /// <summary>Runs with SFTP, or with a shell if there is no client.</summary>
    private async Task<NodeResult> RunAsync(Node node, ISession session, SftpClient? sftp)
    {
        await run.Events.AddAsync(new NodeStarted(node.Target)).ConfigureAwait(false);
        var report = new PullReport(node);
        try
        {
            if (sftp is null)
                await new ShellPull(job, node, session, CreateRates(), report).RunAsync(_places[node.Target.Index]).ConfigureAwait(false);
            else if (job.Places is null)
                await new FileReading(job, node, sftp, report).RunAsync().ConfigureAwait(false);
            else
                await PullAsync(node, session, sftp, report).ConfigureAwait(false);
        }
        catch (Exception) when (node.Deadline.HasFired && node.Deadline.Ending is { } ending && job.Places is not null)
        {
            return ending with
            {
                Message = ending.Message is { } message ? $"{message}; {report.Progress.Describe("received")}" : report.Progress.Describe("received"),
            };
        }
        catch (LocalFailure failure)
        {
            throw new TransportException(NodeOutcome.TransferFailed, PullReport.Display(failure.Message), failure) { Reason = failure.Reason };
        }
        catch (SftpException failure)
        {
            // Where a request could not be sent, the transport has not told the reason.
            if (failure.IsConnectionLost && SftpServerStart.FindLoss(failure) is null && !SftpServerStart.IsViolation(failure))
                throw new TransportException(NodeOutcome.ConnectionLost, $"{failure.Message}; {report.Progress.Describe("received")}", failure);
            throw SftpServerStart.FindLoss(failure) is { } loss
                ? loss.Rephrased($"{loss.Message}; {report.Progress.Describe("received")}")
                : new TransportException(NodeOutcome.TransferFailed, failure.Message, failure) { Reason = failure.Reason };
        }

        report.ThrowIfFailed();
        return new NodeResult(NodeOutcome.Exited) { ExitCode = 0 };
    }

    /// <summary>Begins SFTP. Returns null if the shell is used in its place.</summary>
    /// <exception cref="TransportException">The job can be done by neither of them.</exception>
    private async Task<SftpClient?> OpenAsync(Node node, ISession session)
    {
        var limitation = ShellPull.GetLimitation(job);
        if (job.Method == TransferMethod.Shell)
        {
            if (limitation is not null)
                throw new TransportException(NodeOutcome.TransferFailed, limitation) { Reason = limitation };
            await WorkPhases.WaitForTurnAsync(node, session).ConfigureAwait(false);
            BeginShell(node);
            return null;
        }

        try
        {
            return await SftpServerStart.Subsystem.OpenAsync(node, session, _phases).ConfigureAwait(false);
        }
        catch (SftpUnavailableException failure) when (job.Method == TransferMethod.Sftp || limitation is not null)
        {
            var message = job.Method == TransferMethod.Sftp ? $"no SFTP: {failure.Message}" : $"no SFTP: {failure.Message}; {limitation}";
            throw new TransportException(NodeOutcome.TransferFailed, message, failure) { Reason = "no SFTP" };
        }
        catch (SftpUnavailableException)
        {
            BeginShell(node);
            return null;
        }
    }

    private void BeginShell(Node node)
    {
        _phases.BeginWork(node, isStartTimed: false);
        node.Telemetry.StartCommand();
        node.Deadline.Arm();
    }

    private RateLimit[] CreateRates()
    {
        var own = job.TargetRate is { } rate ? new RateLimit(rate, run.Time) : null;
        return [.. new[] { _rate, own }.OfType<RateLimit>()];
    }

    private async Task PullAsync(Node node, ISession session, SftpClient sftp, PullReport report)
    {
        var place = _places[node.Target.Index];
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(node.Deadline.Token);
        var files = new FilePull(job, sftp, new RemoteHashes(session, sftp), new RemoteData(session), CreateRates(), report, ending);
        var tree = new TreePull(job, sftp, files, report, run.Time, ending.Token);
        var sources = await FindSourcesAsync(node.Target, sftp, report, place, ending.Token).ConfigureAwait(false);
        if (sources.Count == 0)
            return;
        using var directory = LocalFailure.Guard(place.Path, place.Open);
        IncomingFile.RemoveOld(directory, run.Time.GetUtcNow());
        var tasks = new List<Task>();
        try
        {
            foreach (var (name, source) in sources)
            {
                var copy = new LocalPlace(directory, place.Path, name);
                if (source.Attributes.IsDirectory)
                    await tree.CopyAsync(source.Path, source.Attributes, copy).ConfigureAwait(false);
                else
                    tasks.Add(await files.StartAsync(source, copy).ConfigureAwait(false));
            }
        }
#pragma warning disable CA1031 // It is thrown below, when all copies have ended.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            files.End(failure);
        }
        finally
        {
            await Task.WhenAll(tasks).ConfigureAwait(false);
        }

        files.ThrowIfEnded();
    }

    /// <summary>Finds the files and directories that the sources name.</summary>
    /// <returns>Each with the name of its copy, which is empty for the content of a directory without a name, such as <c>/</c>.</returns>
    private async Task<List<(string Name, RemoteFile Source)>> FindSourcesAsync(
        Target target, SftpClient sftp, PullReport report, PullPlace place, CancellationToken cancellationToken)
    {
        var finder = new RemoteSources(sftp);
        var found = new List<(string Name, RemoteFile Source)>();
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        report.AddUnlisted(1);
        foreach (var template in job.SourceTemplates)
        {
            var current = template.Expand(target);
            try
            {
                foreach (var path in await finder.FindAsync(current, cancellationToken).ConfigureAwait(false))
                {
                    current = path;
                    var source = new RemoteFile(path, await sftp.GetAttributesAsync(path, cancellationToken).ConfigureAwait(false));
                    var name = place.GetName(RemoteSources.GetName(path));
                    if (source.Attributes is { IsRegularFile: false, IsDirectory: false } && ShellPattern.HasWildcard(template.Text))
                        await report.SkipAsync(path).ConfigureAwait(false);
                    else if (source.Attributes is { IsRegularFile: false, IsDirectory: false })
                        await report.FailAsync(path, PullReport.SpecialFile).ConfigureAwait(false);
                    else if (job.FilesOnly && source.Attributes.IsDirectory)
                        await report.FailAsync(path, NodeFile.DirectoryFailure).ConfigureAwait(false);
                    else if (name.Length > 0 && paths.GetValueOrDefault(name) is { } earlier && RemotePath.AreSame(earlier, path))
                        continue;
                    else if (name.Length > 0 && !paths.TryAdd(name, path))
                        await report.FailAsync(path, $"its copy would have the same name as that of {PullReport.Display(paths[name])}").ConfigureAwait(false);
                    else
                        found.Add((name, source));
                    if (source.Attributes.IsRegularFile)
                        report.AddFile(source.Length);
                }
            }
            catch (SftpException failure) when (!failure.IsConnectionLost)
            {
                await report.FailAsync(failure.Path ?? current, failure.Reason).ConfigureAwait(false);
            }
        }

        report.AddUnlisted(found.Count(one => one.Source.Attributes.IsDirectory) - 1);
        return found;
    }
}
