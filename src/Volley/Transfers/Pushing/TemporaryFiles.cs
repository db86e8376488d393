using System.Collections.Concurrent;
using Volley.Interop.Waiting;
using Volley.Ssh;

namespace Volley.Transfers.Pushing;

/// <summary>The temporary files of a push at one target, and those that earlier runs have left there.</summary>
/// <param name="client">The SFTP client.</param>
/// <param name="time">The clock of this machine, for the time since the first file.</param>
internal sealed class TemporaryFiles(SftpClient client, TimeProvider time)
{
    /// <summary>The time without a write after which a temporary file belongs to a run that has ended.</summary>
    public static readonly TimeSpan LeftoverAge = TimeSpan.FromMinutes(10);

    // A directory with more entries is not searched to its end.
    private const int MaxEntries = 10_000;
    private const int ListsAtOnce = 16;

    // With each path, whether it stays after a failure, for a later run to continue.
    private readonly ConcurrentDictionary<string, bool> _paths = new();
    private readonly ConcurrentBag<(string Path, SftpAttributes Attributes)> _old = [];
    private readonly TaskCompletionSource<(DateTimeOffset Server, long Local)> _clock = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _hasClock;

    /// <summary>Creates a temporary file beside a path, which only the user can read.</summary>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    /// <param name="path">The path.</param>
    /// <param name="isKept">Whether it stays after a failure, for a later run to continue.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<SftpFile> CreateAsync(string path, bool isKept, CancellationToken cancellationToken)
    {
        // Registered before it exists: a canceled request may create it.
        var temporary = Reserve(path, isKept);
        var file = await client.OpenAsync(
            temporary, FileMode.CreateNew, FileAccess.Write, UnixFileMode.UserRead | UnixFileMode.UserWrite, cancellationToken).ConfigureAwait(false);
        if (Interlocked.Exchange(ref _hasClock, 1) == 0)
            _ = ReadClockAsync(file, cancellationToken);
        return file;
    }

    /// <summary>Returns a new name beside a path, for something that is not created by <see cref="CreateAsync"/>.</summary>
    public string Reserve(string path, bool isKept = false)
    {
        var temporary = RemotePath.CreateTemporary(path);
        _paths[temporary] = isKept;
        return temporary;
    }

    /// <summary>The time of this machine.</summary>
    public DateTimeOffset LocalTime => time.GetUtcNow();

    /// <summary>Stops the removal of a temporary file: it has its final name, or it is kept.</summary>
    public void Forget(string temporary) => _paths.TryRemove(temporary, out _);

    /// <summary>
    /// Returns the time of the server. It is the time of access of complete files until they have their names, since their time of
    /// the last write is that of the source: other runs tell by it that they are in use.
    /// </summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    public async ValueTask<DateTimeOffset> GetServerTimeAsync()
    {
        var (server, local) = await _clock.Task.ConfigureAwait(false);
        return server + time.GetElapsedTime(local);
    }

    /// <summary>Learns the time of the server from a file that is removed again, unless it is known.</summary>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    public async Task EnsureServerTimeAsync(string path, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _hasClock) != 0)
            return;
        var file = await CreateAsync(path, isKept: false, cancellationToken).ConfigureAwait(false);
        await file.DisposeAsync().ConfigureAwait(false);
        await client.DeleteFileAsync(file.Path, cancellationToken).ConfigureAwait(false);
        Forget(file.Path);
    }

    /// <summary>Removes the temporary files of this push, after a failure or a stop.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(_paths.Where(path => !path.Value).Select(path => DeleteAsync(path.Key, cancellationToken))).ConfigureAwait(false);

    /// <summary>Returns the largest file that an earlier run has left for a path, or null.</summary>
    public (string Path, SftpAttributes Attributes)? FindPart(string path)
    {
        var prefix = RemotePath.Join(RemotePath.GetDirectory(path), RemotePath.GetTemporaryPrefix(RemotePath.GetName(path)));
        return _old.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal) && file.Attributes.IsRegularFile)
            .OrderByDescending(file => file.Attributes.Size)
            .Select(file => ((string, SftpAttributes)?)file).FirstOrDefault();
    }

    /// <summary>Finds temporary files in directories that existed before the push. Directories that can't be read are skipped.</summary>
    public async Task FindOldAsync(IReadOnlyList<string> directories, CancellationToken cancellationToken)
    {
        var gate = new AsyncGate(ListsAtOnce);
        await Task.WhenAll(directories.Select(FindAsync)).ConfigureAwait(false);

        async Task FindAsync(string directory)
        {
            await gate.EnterAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var count = 0;
                await foreach (var entry in client.ListAsync(directory.Length == 0 ? "." : directory, cancellationToken).ConfigureAwait(false))
                {
                    var path = RemotePath.Join(directory, entry.Name);
                    if (RemotePath.IsTemporary(entry.Name) && !entry.Attributes.IsDirectory && !_paths.ContainsKey(path))
                        _old.Add((path, entry.Attributes));
                    if (++count == MaxEntries)
                        break;
                }
            }
            catch (SftpException failure) when (!failure.IsConnectionLost)
            {
                // The user may write to the directory and not read it.
            }
            finally
            {
                gate.Leave();
            }
        }
    }

    /// <summary>Adds temporary files that a listing has found.</summary>
    public void AddOld(IEnumerable<(string Path, SftpAttributes Attributes)> files)
    {
        foreach (var file in files)
            _old.Add(file);
    }

    /// <summary>Removes the found files that have not been written to for ten minutes by the clock of the server.</summary>
    public async Task RemoveOldAsync(CancellationToken cancellationToken)
    {
        if (_old.IsEmpty || Volatile.Read(ref _hasClock) == 0)
            return;
        var limit = await GetServerTimeAsync().ConfigureAwait(false) - LeftoverAge;
        await Task.WhenAll(_old
            .Where(file => !_paths.ContainsKey(file.Path) && file.Attributes.ModifiedTime < limit && file.Attributes.AccessTime < limit)
            .Select(file => DeleteAsync(file.Path, cancellationToken))).ConfigureAwait(false);
    }

    private async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteFileAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SftpException or OperationCanceledException)
        {
            // It was never created, or the connection is lost; a later run removes it.
        }
    }

    private async Task ReadClockAsync(SftpFile file, CancellationToken cancellationToken)
    {
        try
        {
            var attributes = await file.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
            // A server without times can't have files that are found to be old.
            _clock.TrySetResult((attributes.ModifiedTime ?? time.GetUtcNow(), time.GetTimestamp()));
        }
        catch (Exception failure) when (failure is SftpException or OperationCanceledException)
        {
            _clock.TrySetException(failure);
            _ = _clock.Task.Exception;
        }
    }
}
