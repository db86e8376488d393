using System.Buffers;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Volley.Interop.Files;
using Volley.Ssh;

namespace Volley.Transfers.Pulling;

/// <summary>Copies the files of one target, many small ones at the same time. The failure of one file is reported, and the others continue.</summary>
/// <param name="job">The job.</param>
/// <param name="sftp">The client.</param>
/// <param name="hashes">The hashes of remote files.</param>
/// <param name="data">Where large files have data.</param>
/// <param name="rates">The limits of the rate.</param>
/// <param name="report">Receives progress and failures.</param>
/// <param name="ending">Ends all copies.</param>
internal sealed class FilePull(
    PullJob job, SftpClient sftp, RemoteHashes hashes, RemoteData data, IReadOnlyList<RateLimit> rates, PullReport report, CancellationTokenSource ending)
{
    /// <summary>The bytes in flight: enough for a large connection window, and the memory of one target.</summary>
    private const int WindowLength = 4 << 20;

    /// <summary>The part of the window that a file takes at least, which limits the number of files at once to 64.</summary>
    private const int SmallestShare = WindowLength / 64;

    /// <summary>Files up to this length are read with requests that are all sent at once.</summary>
    private const int WholeLength = 1 << 20;

    private const int BufferLength = 256 << 10;

    /// <summary>The largest content of a file that states no length, such as those of /proc.</summary>
    private const long MaxUnstatedLength = 64 << 20;

    /// <summary>The length that files of /sys state, whatever they contain.</summary>
    private const int PageLength = 4096;

    private readonly ByteWindow _window = new(WindowLength);
    private ExceptionDispatchInfo? _fatal;

    /// <summary>Throws the failure that has ended all copies, if there is one.</summary>
    public void ThrowIfEnded() => _fatal?.Throw();

    /// <summary>Starts to copy a file, and waits for room before that. The copy throws nothing.</summary>
    /// <param name="source">The file.</param>
    /// <param name="place">The place of its copy.</param>
    /// <returns>A task for the copy.</returns>
    /// <exception cref="OperationCanceledException">The copies were ended.</exception>
    public ValueTask<Task> StartAsync(RemoteFile source, LocalPlace place) =>
        StartAsync(source.Path, (int)Math.Clamp(source.Length, SmallestShare, WindowLength), () => CopyAsync(source, place));

    /// <summary>Starts to copy a symbolic link.</summary>
    /// <inheritdoc cref="StartAsync(RemoteFile, LocalPlace)"/>
    public ValueTask<Task> StartLinkAsync(RemoteFile source, LocalPlace place) =>
        StartAsync(source.Path, SmallestShare, () => CopyLinkAsync(source, place));

    /// <summary>Ends all copies because of a failure that concerns all of them.</summary>
    public void End(Exception failure)
    {
        Interlocked.CompareExchange(ref _fatal, ExceptionDispatchInfo.Capture(failure), null);
        ending.Cancel();
    }

    private async ValueTask<Task> StartAsync(string path, int share, Func<Task> copy)
    {
        await _window.EnterAsync(share, ending.Token).ConfigureAwait(false);
        return RunAsync();

        async Task RunAsync()
        {
            try
            {
                await copy().ConfigureAwait(false);
                await report.Progress.CompleteAsync().ConfigureAwait(false);
            }
            catch (SftpException failure) when (!failure.IsConnectionLost)
            {
                await report.FailAsync(path, failure.Reason).ConfigureAwait(false);
            }
            catch (LocalFailure failure) when (!failure.IsGeneral)
            {
                await report.FailAsync(failure.Path, failure.Reason).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // It ends the other copies, and the caller throws it when they have ended.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                End(failure);
            }
            finally
            {
                _window.Leave(share);
            }
        }
    }

    private async Task CopyAsync(RemoteFile source, LocalPlace place)
    {
        report.Progress.Begin(source.Path);
        var file = await sftp.OpenAsync(source.Path, FileMode.Open, FileAccess.Read, cancellationToken: ending.Token).ConfigureAwait(false);
        try
        {
            if (source.Length > WholeLength || !await TryCopyWholeAsync(file, source, place).ConfigureAwait(false))
                await CopyInPartsAsync(file, source.Path, place).ConfigureAwait(false);
        }
        finally
        {
            // The answer is of no interest, and waiting for it would cost a round trip.
            _ = file.DisposeAsync().AsTask();
        }
    }

    /// <summary>Copies a small file with all requests in one round trip. Returns false if it has another length than the directory stated.</summary>
    private async Task<bool> TryCopyWholeAsync(SftpFile file, RemoteFile source, LocalPlace place)
    {
        await WaitForRateAsync((int)source.Length).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent((int)source.Length + 1);
        try
        {
            // The server answers in order: the attributes are those before and after the content is read.
            var before = file.GetAttributesAsync(ending.Token);
            var reading = new List<Task<int>>();
            for (var offset = 0; offset <= source.Length; offset += sftp.MaxReadLength)
            {
                // One more byte than there should be shows that the file has grown.
                var length = Math.Min(sftp.MaxReadLength, (int)source.Length + 1 - offset);
                reading.Add(ReadAsync(file, offset, buffer.AsMemory(offset, length), enough: Math.Min(length, (int)source.Length - offset)));
            }

            var after = file.GetAttributesAsync(ending.Token);
            // All of them, because none may write to the buffer after its return.
            Task[] all = [before, after, .. reading];
            await Task.WhenAll(all).ConfigureAwait(false);
            var attributes = await before.ConfigureAwait(false);
            var count = 0;
            foreach (var part in reading)
                count += await part.ConfigureAwait(false);
            if (count != source.Length || attributes.Size != source.Length)
                return false;
            Check(attributes, await after.ConfigureAwait(false), count);
            using var incoming = LocalFailure.Guard(place.Path, () => IncomingFile.Create(place.Directory, place.Name));
            LocalFailure.Guard(place.Path, () => incoming.Append(buffer.AsSpan(0, count)));
            if (job.Verify)
                await CompareAgainAsync(file, count, buffer, incoming, place).ConfigureAwait(false);
            LocalFailure.Guard(place.Path, () => incoming.Complete(attributes, job.PreserveAttributes));
            await report.Progress.AddAsync(count).ConfigureAwait(false);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a small file again, and compares what it has with what was written: a program for each of many small files would take longer.</summary>
    private async Task CompareAgainAsync(SftpFile file, int count, byte[] buffer, IncomingFile incoming, LocalPlace place)
    {
        var done = 0;
        while (done < count)
        {
            var part = await file.ReadAsync(done, buffer.AsMemory(done, Math.Min(sftp.MaxReadLength, count - done)), ending.Token).ConfigureAwait(false);
            if (part == 0)
                break;
            done += part;
        }

        Compare(incoming, place, SHA256.HashData(buffer.AsSpan(0, done)));
    }

    private async Task CopyInPartsAsync(SftpFile file, string path, LocalPlace place)
    {
        var attributes = await file.GetAttributesAsync(ending.Token).ConfigureAwait(false);
        using var incoming = LocalFailure.Guard(place.Path, () => attributes is { Size: > WholeLength, ModifiedTime: not null }
            ? IncomingFile.CreateResumable(place.Directory, place.Name, path, attributes, job.Resume)
            : IncomingFile.Create(place.Directory, place.Name));
        // Without the option it would be in the way of the user.
        incoming.IsKept = job.Resume;
        try
        {
            await ResumeAsync(incoming, path, attributes, place).ConfigureAwait(false);
            await ReceiveAsync(file, incoming, attributes, place).ConfigureAwait(false);
            if (job.Verify)
                Compare(incoming, place, await hashes.HashStartAsync(path, incoming.Length, ending.Token).ConfigureAwait(false));
            LocalFailure.Guard(place.Path, () => incoming.Complete(attributes, job.PreserveAttributes));
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or SftpException { IsConnectionLost: true }))
        {
            incoming.IsKept = false;
            throw;
        }
    }

    /// <summary>Checks what an earlier run has left, and discards it unless it is the beginning of the file.</summary>
    private async Task ResumeAsync(IncomingFile incoming, string path, SftpAttributes attributes, LocalPlace place)
    {
        if (incoming.Length == 0)
            return;
        var isBeginning = incoming.Length <= attributes.Size
            && await hashes.HashStartAsync(path, incoming.Length, ending.Token).ConfigureAwait(false) is { } hash
            && hash.AsSpan().SequenceEqual(LocalFailure.Guard(place.Path, incoming.Hash));
        if (isBeginning)
            await report.Progress.SkipAsync(incoming.Length).ConfigureAwait(false);
        else
            LocalFailure.Guard(place.Path, incoming.Restart);
    }

    private async Task ReceiveAsync(SftpFile file, IncomingFile incoming, SftpAttributes attributes, LocalPlace place)
    {
        var length = attributes.Size is > 0 and var stated ? stated : MaxUnstatedLength;
        var ranges = await data.FindAsync(file.Path, length, ending.Token).ConfigureAwait(false);
        if (ranges is not null)
            LocalFailure.Guard(place.Path, () => CheckSpace(place, ranges.Sum(range => Math.Max(0, range.End - Math.Max(range.Start, incoming.Length)))));
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            foreach (var (start, end) in ranges ?? [(0, length)])
            {
                await SkipToAsync(incoming, start).ConfigureAwait(false);
                await ReceiveAsync(file, incoming, end, buffer, place).ConfigureAwait(false);
                if (incoming.Length < end)
                    break;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (ranges is [.., var last] && incoming.Length >= last.End)
            await SkipToAsync(incoming, length).ConfigureAwait(false);
        Check(attributes, await file.GetAttributesAsync(ending.Token).ConfigureAwait(false), incoming.Length);
    }

    /// <summary>Receives data up to an offset, or the end of the file.</summary>
    private async Task ReceiveAsync(SftpFile file, IncomingFile incoming, long end, byte[] buffer, LocalPlace place)
    {
        if (incoming.Length >= end)
            return;
        var reader = file.OpenReader(incoming.Length);
        await using var disposing = reader.ConfigureAwait(false);
        while (incoming.Length < end)
        {
            var wanted = (int)Math.Min(buffer.Length, end - incoming.Length);
            var count = await reader.ReadAsync(buffer.AsMemory(0, wanted), ending.Token).ConfigureAwait(false);
            if (count == 0)
                break;
            LocalFailure.Guard(place.Path, () => incoming.Append(buffer.AsSpan(0, count)));
            await report.Progress.AddAsync(count).ConfigureAwait(false);
            await WaitForRateAsync(count).ConfigureAwait(false);
        }
    }

    private async ValueTask SkipToAsync(IncomingFile incoming, long offset)
    {
        if (offset <= incoming.Length)
            return;
        await report.Progress.SkipAsync(offset - incoming.Length).ConfigureAwait(false);
        incoming.AppendHole(offset - incoming.Length);
    }

    private static void CheckSpace(LocalPlace place, long needed)
    {
        var free = new DriveInfo(place.DirectoryPath).AvailableFreeSpace;
        if (needed > free)
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"not enough space: the file needs {needed:N0} bytes, and {free:N0} are free"));
    }

    private async ValueTask WaitForRateAsync(int count)
    {
        foreach (var rate in rates)
            await rate.WaitAsync(count, ending.Token).ConfigureAwait(false);
    }

    /// <summary>Compares the content that was written with that of the remote file.</summary>
    /// <exception cref="SftpException">They differ.</exception>
    private static void Compare(IncomingFile incoming, LocalPlace place, byte[]? hash)
    {
        if (hash is null || !hash.AsSpan().SequenceEqual(LocalFailure.Guard(place.Path, incoming.Hash)))
            throw new SftpException(SftpStatus.Failure, "the copy differs from the file");
    }

    /// <summary>Reads into a buffer, until there is enough in it or the file ends.</summary>
    private async Task<int> ReadAsync(SftpFile file, long offset, Memory<byte> buffer, int enough)
    {
        var done = 0;
        int count;
        do
        {
            count = await file.ReadAsync(offset + done, buffer[done..], ending.Token).ConfigureAwait(false);
            done += count;
        }
        while (count > 0 && done < enough);
        return done;
    }

    /// <summary>
    /// Checks that a file has not changed while it was read. One that has grown is complete as it was at the beginning: that is the life of a log.
    /// </summary>
    /// <exception cref="SftpException">It has changed.</exception>
    private static void Check(SftpAttributes before, SftpAttributes after, long length)
    {
        var hasGrown = after.Size > before.Size && length == before.Size;
        var isSame = after.Size == before.Size && after.ModifiedTime == before.ModifiedTime
            && (before.Size is null or 0 or PageLength ? length < MaxUnstatedLength : length == before.Size);
        if (!hasGrown && !isSame)
            throw new SftpException(SftpStatus.Failure, "the file changed while it was read");
    }

    private async Task CopyLinkAsync(RemoteFile source, LocalPlace place)
    {
        var target = await sftp.ReadLinkAsync(source.Path, ending.Token).ConfigureAwait(false);
        LocalFailure.Guard(place.Path, () =>
        {
            var (directory, temporary) = (place.Directory, RemotePath.CreateTemporary(place.Name));
            directory.CreateLink(temporary, target);
            try
            {
                if (source.Attributes is { AccessTime: { } accessed, ModifiedTime: { } modified })
                    directory.SetTimes(temporary, accessed, modified);
                directory.Rename(temporary, place.Name);
            }
            catch
            {
                directory.Delete(temporary);
                throw;
            }
        });
    }
}

/// <summary>A remote file.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Attributes">Its attributes in the listing of its directory.</param>
internal readonly record struct RemoteFile(string Path, SftpAttributes Attributes)
{
    /// <summary>Its length in bytes; 0 if it is not stated.</summary>
    public long Length => Attributes.Size ?? 0;
}

/// <summary>The local place of a copy.</summary>
/// <param name="Directory">The directory.</param>
/// <param name="DirectoryPath">The path of the directory, for messages.</param>
/// <param name="Name">The name in the directory.</param>
internal readonly record struct LocalPlace(OpenDirectory Directory, string DirectoryPath, string Name)
{
    /// <summary>The path, for messages.</summary>
    public string Path => $"{DirectoryPath}/{Name}";
}
