using System.Collections.Concurrent;
using Volley.Ssh;
using Volley.Transfers.Deltas;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Pushing;

/// <summary>Copies single files and links to temporary files at one target.</summary>
/// <param name="job">The job.</param>
/// <param name="client">The SFTP client.</param>
/// <param name="temporaries">The temporary files of the push.</param>
/// <param name="attributes">The attributes of the copies.</param>
/// <param name="upload">Writes the content.</param>
/// <param name="source">The content.</param>
/// <param name="hashes">Hashes at the target.</param>
/// <param name="deltas">Finds the old files whose blocks are used; null to send whole files.</param>
/// <param name="progress">Counts the bytes.</param>
internal sealed class FileCopy(
    PushJob job, SftpClient client, TemporaryFiles temporaries, RemoteAttributes attributes, Upload upload, SharedSource source, RemoteHashes hashes,
    DeltaCopy? deltas, TransferProgress progress)
{
    /// <summary>A smaller part of a file is not worth the check.</summary>
    private const int MinPart = 1 << 20;

    /// <summary>How long a part must be unchanged before it is continued: the server of a lost connection may still write to it.</summary>
    private static readonly TimeSpan SettledAge = TimeSpan.FromSeconds(5);

    // Temporary files whose hashes were compared with those of their sources.
    private readonly ConcurrentDictionary<string, bool> _verified = new();

    /// <summary>Copies a file. Returns the path of the complete temporary file.</summary>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    /// <exception cref="TransferException">The source can't be read, or has changed.</exception>
    public async Task<string> WriteAsync(LocalEntry entry, string path, CancellationToken cancellationToken)
    {
        var isResumable = job.Resume && entry.Length > MinPart;
        if (isResumable && await ContinueAsync(entry, path, cancellationToken).ConfigureAwait(false) is { } part)
            return part;
        if (deltas is not null && await deltas.FindAsync(entry, path, cancellationToken).ConfigureAwait(false) is { } old)
        {
            await using var closingOld = old.ConfigureAwait(false);
            if (await RebuildAsync(entry, path, old, deltas, isResumable, cancellationToken).ConfigureAwait(false) is { } rebuilt)
                return rebuilt;
        }

        var file = await temporaries.CreateAsync(path, isResumable, cancellationToken).ConfigureAwait(false);
        await using var closing = file.ConfigureAwait(false);
        await WriteAsync(entry, path, file, 0, null, cancellationToken).ConfigureAwait(false);
        return file.Path;
    }

    /// <summary>Copies a symbolic link. Returns the path of the new link.</summary>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    public async Task<string> LinkAsync(LocalEntry entry, string path, CancellationToken cancellationToken)
    {
        var temporary = temporaries.Reserve(path);
        await client.CreateSymbolicLinkAsync(temporary, entry.LinkTarget!, cancellationToken).ConfigureAwait(false);
        if (!client.Extensions.ContainsKey("lsetstat@openssh.com"))
            return temporary;
        try
        {
            var final = await attributes.GetForLinkAsync(entry, temporary, cancellationToken).ConfigureAwait(false);
            await client.SetLinkAttributesAsync(temporary, final, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (job.Owner is null && !failure.IsConnectionLost)
        {
            // Not every file system has times of links.
        }
        catch (SftpException failure) when (attributes.FindOwnerFailure(path, failure) is { } refused)
        {
            throw refused;
        }

        return temporary;
    }

    /// <summary>Compares the hashes of complete files with those of their sources.</summary>
    /// <param name="files">The sources, the temporary files, and their final paths.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">A file differs from its source, or can't be read.</exception>
    public async Task VerifyAsync(IReadOnlyList<(LocalEntry Entry, string Temporary, string Path)> files, CancellationToken cancellationToken)
    {
        var others = files.Where(file => !_verified.ContainsKey(file.Temporary)).ToArray();
        var found = await hashes.HashAsync([.. others.Select(file => file.Temporary)], cancellationToken).ConfigureAwait(false);
        foreach (var ((entry, _, path), hash) in others.Zip(found))
        {
            if (hash is null)
                throw new TransferException(path, "the copy can't be read for its verification");
            var expected = await source.HashAsync(entry, entry.Length).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!hash.AsSpan().SequenceEqual(expected))
                throw new TransferException(path, "the hash of the copy differs from that of the source");
        }
    }

    private async Task WriteAsync(LocalEntry entry, string path, SftpFile file, long offset, OldFile? old, CancellationToken cancellationToken)
    {
        var final = await attributes.GetAsync(entry, path, file, cancellationToken).ConfigureAwait(false);
        try
        {
            await upload.WriteAsync(entry, file, offset, final, job.Synchronize, old, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (attributes.FindOwnerFailure(path, failure) is { } refused)
        {
            throw refused;
        }
    }

    /// <summary>
    /// Writes a file from blocks of the old one and what these lack. Returns the path of the complete temporary file; null if the whole file is to be
    /// sent: the server can't do it, or the old file has changed in the meantime.
    /// </summary>
    private async Task<string?> RebuildAsync(
        LocalEntry entry, string path, OldFile old, DeltaCopy copy, bool isKept, CancellationToken cancellationToken)
    {
        var file = await temporaries.CreateAsync(path, isKept, cancellationToken).ConfigureAwait(false);
        await using var closing = file.ConfigureAwait(false);
        try
        {
            await WriteAsync(entry, path, file, 0, old, cancellationToken).ConfigureAwait(false);
            if (await copy.IsSameAsync(entry, file.Path, cancellationToken).ConfigureAwait(false))
            {
                _verified[file.Path] = true;
                return file.Path;
            }
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            // A failure that is not of the old file, such as a full disk, meets the whole file too.
        }

        await progress.TakeBackAsync(old.Counted).ConfigureAwait(false);
        await client.DeleteFileAsync(file.Path, cancellationToken).ConfigureAwait(false);
        temporaries.Forget(file.Path);
        return null;
    }

    /// <summary>Continues the part of a file that an earlier run has left. Returns the path of the complete file; null if there is no such part.</summary>
    private async Task<string?> ContinueAsync(LocalEntry entry, string path, CancellationToken cancellationToken)
    {
        if (temporaries.FindPart(path) is not { } old || !await IsSettledAsync(old.Path, path, cancellationToken).ConfigureAwait(false))
            return null;
        // Of two runs only one can rename it.
        var temporary = temporaries.Reserve(path, isKept: true);
        try
        {
            await client.RenameAsync(old.Path, temporary, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            temporaries.Forget(temporary);
            return null;
        }

        var size = (await client.GetAttributesAsync(temporary, cancellationToken).ConfigureAwait(false)).Size ?? 0;
        var length = Math.Min(size, entry.Length) / source.BlockLength * source.BlockLength;
        if (length < MinPart || !await IsSameAsync(entry, temporary, length, cancellationToken).ConfigureAwait(false))
        {
            await client.DeleteFileAsync(temporary, cancellationToken).ConfigureAwait(false);
            temporaries.Forget(temporary);
            return null;
        }

        await progress.SkipAsync(length).ConfigureAwait(false);
        var file = await client.OpenAsync(temporary, FileMode.Open, FileAccess.Write, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using var closing = file.ConfigureAwait(false);
        if (size > entry.Length)
            await file.SetAttributesAsync(new SftpAttributes { Size = entry.Length }, cancellationToken).ConfigureAwait(false);
        await WriteAsync(entry, path, file, length, null, cancellationToken).ConfigureAwait(false);
        return temporary;
    }

    private async Task<bool> IsSameAsync(LocalEntry entry, string temporary, long length, CancellationToken cancellationToken)
    {
        var there = await hashes.HashStartAsync(temporary, length, cancellationToken).ConfigureAwait(false);
        var expected = await source.HashAsync(entry, length).WaitAsync(cancellationToken).ConfigureAwait(false);
        return there is not null && there.AsSpan().SequenceEqual(expected);
    }

    /// <summary>Waits until a part has not changed for a while. Returns false if it changes in that time.</summary>
    private async Task<bool> IsSettledAsync(string part, string path, CancellationToken cancellationToken)
    {
        await temporaries.EnsureServerTimeAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            var first = await client.GetLinkAttributesAsync(part, cancellationToken).ConfigureAwait(false);
            if (!first.IsRegularFile || first.ModifiedTime is not { } written)
                return false;
            var rest = written + SettledAge - await temporaries.GetServerTimeAsync().ConfigureAwait(false);
            if (rest <= TimeSpan.Zero)
                return true;
            await Task.Delay(rest < SettledAge ? rest : SettledAge, cancellationToken).ConfigureAwait(false);
            var second = await client.GetLinkAttributesAsync(part, cancellationToken).ConfigureAwait(false);
            return second.ModifiedTime == written && second.Size == first.Size;
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            return false;
        }
    }
}
