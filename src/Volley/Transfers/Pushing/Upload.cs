using Volley.Interop.Waiting;
using Volley.Ssh;
using Volley.Transfers.Deltas;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Pushing;

/// <summary>Writes the content of files to one target, with a limited number of bytes in flight.</summary>
/// <param name="limits">What all targets share.</param>
/// <param name="progress">Counts the bytes.</param>
internal sealed class Upload(PushLimits limits, TransferProgress progress)
{
    private const int LargeFile = 4 << 20;
    private const int LargeFilesAtOnce = 2;

    // The server answers nothing else while it copies a part of the old file.
    private const long MaxCopy = 8 << 20;
    // What a request for a copy takes of the window, which bounds their number.
    private const int CopyShare = 64 << 10;

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
    /// <param name="old">A file at the target that has parts of the content; null for none.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    /// <exception cref="IOException">The source can't be read, or has changed.</exception>
    public async Task WriteAsync(
        LocalEntry entry, SftpFile file, long offset, SftpAttributes attributes, bool synchronizes, OldFile? old, CancellationToken cancellationToken)
    {
        var isLarge = entry.DataLength - offset > LargeFile;
        if (isLarge)
            await _largeFiles.EnterAsync(cancellationToken).ConfigureAwait(false);
        var requests = new Queue<Task>();
        try
        {
            using var source = limits.Source.Open(entry);
            progress.Begin(entry.Path);
            var end = await WriteContentAsync(source, file, offset, old, requests, cancellationToken).ConfigureAwait(false);
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
        SourceFile source, SftpFile file, long offset, OldFile? old, Queue<Task> requests, CancellationToken cancellationToken)
    {
        var end = offset;
        var nextCopy = 0;
        while (source.FindData(end) is var (start, stop))
        {
            if (start > end)
                await SkipAsync(start - end, old).ConfigureAwait(false);
            for (end = start; end < stop;)
            {
                // The file system may have turned data into a hole since.
                while (nextCopy < old?.Copies.Length && old.Copies[nextCopy].Offset < end)
                    nextCopy++;
                var copy = nextCopy < old?.Copies.Length ? old.Copies[nextCopy] : default(BlockCopy?);
                if (copy?.Offset == end)
                {
                    await CopyAsync(old!, copy.Value, file, requests, cancellationToken).ConfigureAwait(false);
                    end = copy.Value.End;
                }
                else
                {
                    var count = source.GetBlockLength(end, copy?.Offset < stop ? copy.Value.Offset : stop);
                    await EnterAsync(count, cancellationToken).ConfigureAwait(false);
                    requests.Enqueue(WriteBlockAsync(Rent(source, end, count), file, old, cancellationToken));
                    end += count;
                }

                await TakeCompletedAsync(requests).ConfigureAwait(false);
            }
        }

        if (end < source.Entry.Length)
            await SkipAsync(source.Entry.Length - end, old).ConfigureAwait(false);
        return end;
    }

    private static async ValueTask TakeCompletedAsync(Queue<Task> requests)
    {
        while (requests.TryPeek(out var oldest) && oldest.IsCompleted)
        {
            _ = requests.Dequeue();
            await oldest.ConfigureAwait(false);
        }
    }

    /// <summary>Lets the server copy a part of the old file.</summary>
    private async ValueTask CopyAsync(OldFile old, BlockCopy copy, SftpFile file, Queue<Task> requests, CancellationToken cancellationToken)
    {
        for (long done = 0; done < copy.Length; done += MaxCopy)
        {
            await _window.EnterAsync(CopyShare, cancellationToken).ConfigureAwait(false);
            requests.Enqueue(RunAsync(done, Math.Min(MaxCopy, copy.Length - done)));
            await TakeCompletedAsync(requests).ConfigureAwait(false);
        }

        async Task RunAsync(long done, long length)
        {
            try
            {
                await old.File.CopyToAsync(copy.OldOffset + done, length, file, copy.Offset + done, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _window.Leave(CopyShare);
            }

            await SkipAsync(length, old).ConfigureAwait(false);
        }
    }

    private ValueTask SkipAsync(long count, OldFile? old)
    {
        old?.Count(count);
        return progress.SkipAsync(count);
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

    private async Task WriteBlockAsync(SourceBlock block, SftpFile file, OldFile? old, CancellationToken cancellationToken)
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

        old?.Count(block.Count);
        await progress.AddAsync(block.Count).ConfigureAwait(false);
    }
}
