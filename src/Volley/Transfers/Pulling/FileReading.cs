using System.Globalization;
using Volley.Execution;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transfers.Pulling;

/// <summary>
/// Reads the files of one target, and reports each as a <see cref="NodeFile"/> with its content as output. Small files are requested ahead, and
/// reported in order.
/// </summary>
/// <param name="job">The job.</param>
/// <param name="node">The node.</param>
/// <param name="sftp">The client.</param>
/// <param name="report">Receives failures.</param>
internal sealed class FileReading(PullJob job, Node node, SftpClient sftp, PullReport report)
{
    private const int MaxAhead = 32;
    private const int SmallLength = 64 << 10;
    private const int MaxDepth = 256;
    private const int MaxEntries = 1_000_000;
    private const long MaxUnstatedLength = 64 << 20;

    private readonly Queue<(string Path, Task<SmallFile> Content)> _ahead = new();
    private int _entries;

    private CancellationToken Token => node.Deadline.Token;

    /// <summary>Reads all files.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    public async Task RunAsync()
    {
        var finder = new RemoteSources(sftp);
        try
        {
            foreach (var template in job.SourceTemplates)
                await ReadSourceAsync(finder, template).ConfigureAwait(false);
            await ReportAheadAsync(0).ConfigureAwait(false);
        }
        finally
        {
            // They use the client, which the caller disposes of.
            foreach (var (_, content) in _ahead)
                await ((Task)content).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadSourceAsync(RemoteSources finder, PathTemplate template)
    {
        var expanded = template.Expand(node.Target);
        IReadOnlyList<string> paths;
        try
        {
            paths = await finder.FindAsync(expanded, Token).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            await AddAheadAsync(template.Text, Task.FromException<SmallFile>(failure)).ConfigureAwait(false);
            return;
        }

        foreach (var path in paths)
        {
            // The same file has the same name at all targets, also if its path differs.
            var title = template.HasPlaceholders && paths is [var only] && only == expanded ? template.Text : path;
            try
            {
                var source = new RemoteFile(path, await sftp.GetAttributesAsync(path, Token).ConfigureAwait(false));
                await ReadAsync(title, source, depth: 0).ConfigureAwait(false);
            }
            catch (SftpException failure) when (!failure.IsConnectionLost)
            {
                await AddAheadAsync(title, Task.FromException<SmallFile>(failure)).ConfigureAwait(false);
            }
        }
    }

    private async Task ReadAsync(string title, RemoteFile source, int depth)
    {
        if (source.Attributes.IsDirectory)
            await ReadDirectoryAsync(title, source.Path, depth).ConfigureAwait(false);
        else if (source.Attributes.IsSymbolicLink)
            await AddAheadAsync(title, ReadLinkAsync(source.Path)).ConfigureAwait(false);
        else if (!source.Attributes.IsRegularFile && depth == 0 && !ShellPattern.HasWildcard(title))
            await AddAheadAsync(title, Task.FromException<SmallFile>(new SftpException(SftpStatus.Failure, PullReport.SpecialFile, source.Path)))
                .ConfigureAwait(false);
        else if (!source.Attributes.IsRegularFile)
            await report.SkipAsync(source.Path).ConfigureAwait(false);
        else if (source.Length is > 0 and <= SmallLength)
            await AddAheadAsync(title, ReadSmallAsync(source)).ConfigureAwait(false);
        else
            await ReportLargeAsync(title, source).ConfigureAwait(false);
    }

    private async Task ReadDirectoryAsync(string title, string path, int depth)
    {
        var entries = new List<SftpEntry>();
        try
        {
            await foreach (var entry in sftp.ListAsync(path, Token).ConfigureAwait(false))
            {
                if (++_entries > MaxEntries)
                    throw new SftpException(SftpStatus.Failure, string.Create(CultureInfo.InvariantCulture, $"more than {MaxEntries:N0} files"), path);
                entries.Add(entry);
            }

            if (depth == MaxDepth)
                throw new SftpException(SftpStatus.Failure, string.Create(CultureInfo.InvariantCulture, $"more than {MaxDepth} directories deep"), path);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            await report.FailAsync(path, failure.Reason).ConfigureAwait(false);
            return;
        }

        // Other targets may have a file of this name.
        await AddFileAsync(title, NodeFile.DirectoryFailure).ConfigureAwait(false);
        foreach (var entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var source = new RemoteFile(RemotePath.Join(path, entry.Name), entry.Attributes);
            await ReadAsync(RemotePath.Join(title, entry.Name), source, depth + 1).ConfigureAwait(false);
        }
    }

    private async Task<SmallFile> ReadLinkAsync(string path) =>
        new(SystemText.Encode($"symbolic link to {await sftp.ReadLinkAsync(path, Token).ConfigureAwait(false)}\n"));

    private async Task<SmallFile> ReadSmallAsync(RemoteFile source)
    {
        var file = await sftp.OpenAsync(source.Path, FileMode.Open, FileAccess.Read, cancellationToken: Token).ConfigureAwait(false);
        await using var disposing = file.ConfigureAwait(false);
        var content = new byte[source.Length];
        var done = 0;
        while (done < content.Length)
        {
            var count = await file.ReadAsync(done, content.AsMemory(done), Token).ConfigureAwait(false);
            if (count == 0)
                break;
            done += count;
        }

        return new(content.AsMemory(0, done));
    }

    private async ValueTask AddAheadAsync(string title, Task<SmallFile> content)
    {
        _ahead.Enqueue((title, content));
        await ReportAheadAsync(MaxAhead).ConfigureAwait(false);
    }

    /// <summary>Reports files that were requested ahead, until at most some are left.</summary>
    private async Task ReportAheadAsync(int left)
    {
        while (_ahead.Count > left)
        {
            var (title, content) = _ahead.Peek();
            try
            {
                var file = await content.ConfigureAwait(false);
                await AddFileAsync(title, null).ConfigureAwait(false);
                await AddContentAsync(file.Content).ConfigureAwait(false);
                await report.Progress.CompleteAsync().ConfigureAwait(false);
            }
            catch (SftpException failure) when (!failure.IsConnectionLost)
            {
                await FailAsync(title, failure).ConfigureAwait(false);
            }

            _ahead.Dequeue();
        }
    }

    private async Task ReportLargeAsync(string title, RemoteFile source)
    {
        await ReportAheadAsync(0).ConfigureAwait(false);
        SftpFile file;
        try
        {
            file = await sftp.OpenAsync(source.Path, FileMode.Open, FileAccess.Read, cancellationToken: Token).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            await FailAsync(title, failure).ConfigureAwait(false);
            return;
        }

        await using var disposing = file.ConfigureAwait(false);
        await AddFileAsync(title, null).ConfigureAwait(false);
        report.Progress.Begin(title);
        var reader = file.OpenReader();
        await using var closing = reader.ConfigureAwait(false);
        var left = source.Length > 0 ? source.Length : MaxUnstatedLength;
        var buffer = new byte[SmallLength];
        int count;
        while (left > 0 && (count = await reader.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), Token).ConfigureAwait(false)) > 0)
        {
            left -= count;
            await AddContentAsync(buffer.AsSpan(0, count).ToArray()).ConfigureAwait(false);
        }

        await report.Progress.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Reports a file without content. One that does not exist is a difference between targets, and no failure of this one.</summary>
    private async Task FailAsync(string title, SftpException failure)
    {
        var isMissing = failure.Status == SftpStatus.NoSuchFile;
        await AddFileAsync(title, isMissing ? "no such file" : failure.Reason).ConfigureAwait(false);
        if (!isMissing)
            await report.FailAsync(failure.Path ?? title, failure.Reason).ConfigureAwait(false);
    }

    private ValueTask AddFileAsync(string title, string? failure) =>
        node.Run.Events.AddAsync(new NodeFile(node.Target, title) { Failure = failure });

    private async Task AddContentAsync(ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty)
            return;
        if (node.Plan.OutputGate?.Invoke(node.Target) is { IsCompleted: false } closed)
            await closed.WaitAsync(Token).ConfigureAwait(false);
        if (content.Length > (node.Plan.MaxOutput ?? long.MaxValue) - node.StdoutBytes)
        {
            node.Deadline.LimitOutput(string.Create(CultureInfo.InvariantCulture, $"its files have more than {node.Plan.MaxOutput} bytes"));
            node.Deadline.ThrowIfFired();
        }

        node.Count(StreamKind.Stdout, content.Length);
        await node.Run.Events.AddAsync(new NodeOutput(node.Target, StreamKind.Stdout, content)).ConfigureAwait(false);
        await report.Progress.AddAsync(content.Length).ConfigureAwait(false);
    }

    /// <summary>The content of a file that was read ahead.</summary>
    private readonly record struct SmallFile(ReadOnlyMemory<byte> Content);
}
