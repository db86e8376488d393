using Volley.Interop.Waiting;
using Volley.Ssh;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Pushing;

/// <summary>Writes the content of files to one target, with a limited number of bytes in flight.</summary>
/// <param name="limits">What all targets share.</param>
/// <param name="progress">Counts the bytes.</param>
internal sealed class Upload(PushLimits limits, TransferProgress progress)
{
    private const int LargeFile = 4 << 20;
    private const int LargeFilesAtOnce = 2;

    private readonly ByteWindow _window = new(limits.WindowLength);
    private readonly RateLimit? _rate = limits.NewTargetRate();
    // Large files one after the other: it keeps them in one piece on the disk, and the oldest is complete first.
    private readonly AsyncGate _largeFiles = new(LargeFilesAtOnce);

    /// <summary>Writes a file from an offset to its end, then sets its attributes and closes it.</summary>
    /// <param name="entry">The source.</param>
    /// <param name="file">The file at the target.</param>
    /// <param name="offset">The first offset to write.</param>
    /// <param name="attributes">The attributes of the complete file.</param>
    /// <param name="synchronizes">Whether the file is written to the disk.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    /// <exception cref="IOException">The source can't be read, or has changed.</exception>
    public async Task WriteAsync(
        LocalEntry entry, SftpFile file, long offset, SftpAttributes attributes, bool synchronizes, CancellationToken cancellationToken)
    {
        var isLarge = entry.DataLength - offset > LargeFile;
        if (isLarge)
            await _largeFiles.EnterAsync(cancellationToken).ConfigureAwait(false);
        var requests = new Queue<Task>();
        try
        {
            using var source = limits.Source.Open(entry);
            progress.Begin(entry.Path);
            var end = await WriteContentAsync(source, file, offset, requests, cancellationToken).ConfigureAwait(false);
            // The server executes requests on one handle in order, so that these need not wait for the answers to the writes.
            if (end < entry.Length)
                attributes = attributes with { Size = entry.Length };
            requests.Enqueue(file.SetAttributesAsync(attributes, cancellationToken));
            if (synchronizes)
                requests.Enqueue(file.SynchronizeAsync(cancellationToken));
            requests.Enqueue(file.CloseAsync(cancellationToken));
            while (requests.TryDequeue(out var request))
                await request.ConfigureAwait(false);
        }
        finally
        {
            // After a failure, the memory of the blocks is in use until the other requests have ended.
            while (requests.TryDequeue(out var request))
                await request.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (isLarge)
                _largeFiles.Leave();
        }
    }

    /// <summary>Sends the writes, and returns the end of the last one. Holes are not sent.</summary>
    private async Task<long> WriteContentAsync(
        SourceFile source, SftpFile file, long offset, Queue<Task> requests, CancellationToken cancellationToken)
    {
        var end = offset;
        while (source.FindData(end) is var (start, stop))
        {
            if (start > end)
                await progress.SkipAsync(start - end).ConfigureAwait(false);
            for (end = start; end < stop;)
            {
                var count = source.GetBlockLength(end, stop);
                await EnterAsync(count, cancellationToken).ConfigureAwait(false);
                requests.Enqueue(WriteBlockAsync(Rent(source, end, count), file, cancellationToken));
                end += count;
                while (requests.TryPeek(out var oldest) && oldest.IsCompleted)
                {
                    _ = requests.Dequeue();
                    await oldest.ConfigureAwait(false);
                }
            }
        }

        if (end < source.Entry.Length)
            await progress.SkipAsync(source.Entry.Length - end).ConfigureAwait(false);
        return end;
    }

    private async ValueTask EnterAsync(int count, CancellationToken cancellationToken)
    {
        if (_rate is not null)
            await _rate.WaitAsync(count, cancellationToken).ConfigureAwait(false);
        if (limits.Rate is { } rate)
            await rate.WaitAsync(count, cancellationToken).ConfigureAwait(false);
        await _window.EnterAsync(count, cancellationToken).ConfigureAwait(false);
    }

    private SourceBlock Rent(SourceFile source, long offset, int count)
    {
        try
        {
            return source.Rent(offset, count);
        }
        catch
        {
            _window.Leave(count);
            throw;
        }
    }

    private async Task WriteBlockAsync(SourceBlock block, SftpFile file, CancellationToken cancellationToken)
    {
        try
        {
            await file.WriteAsync(block.Offset, block.Data, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _window.Leave(block.Count);
            block.Dispose();
        }

        await progress.AddAsync(block.Count).ConfigureAwait(false);
    }
}
