using Volley.Interop.Waiting;
using Volley.Ssh;

namespace Volley.Transfers.Syncing;

/// <summary>The content of a directory at a target. Links are not followed.</summary>
/// <param name="client">The SFTP client.</param>
/// <param name="root">The path of the directory.</param>
/// <param name="isWanted">Returns whether a directory below it, given by its relative path, is read.</param>
/// <param name="cancellationToken">Cancels the reading.</param>
internal sealed class RemoteTree(SftpClient client, string root, Func<string, bool> isWanted, CancellationToken cancellationToken)
{
    // A server can list any number of entries.
    private const int MaxEntries = 5_000_000;
    private const int ListsAtOnce = 32;

    private readonly AsyncGate _gate = new(ListsAtOnce);
    private readonly Lock _lock = new();

    /// <summary>The entries by their relative paths, without the directory itself.</summary>
    public Dictionary<string, SftpAttributes> Entries { get; } = [];

    /// <summary>The temporary files of pushes, which are not among the entries.</summary>
    public List<(string Path, SftpAttributes Attributes)> Temporaries { get; } = [];

    /// <summary>Reads the directory and those below it.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">A directory can't be read, or there are too many entries.</exception>
    public Task ReadAsync() => ReadAsync("");

    private async Task ReadAsync(string directory)
    {
        List<string> below = [];
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await foreach (var entry in client.ListAsync(RemotePath.Join(root, directory), cancellationToken).ConfigureAwait(false))
                Add(directory.Length == 0 ? entry.Name : $"{directory}/{entry.Name}", entry, below);
        }
        catch (SftpException failure)
        {
            throw TransferException.At(RemotePath.Join(root, directory), failure);
        }
        finally
        {
            _gate.Leave();
        }

        await Task.WhenAll(below.Select(ReadAsync)).ConfigureAwait(false);
    }

    private void Add(string path, SftpEntry entry, List<string> below)
    {
        lock (_lock)
        {
            if (RemotePath.IsTemporary(entry.Name) && !entry.Attributes.IsDirectory)
            {
                Temporaries.Add((RemotePath.Join(root, path), entry.Attributes));
                return;
            }

            // A server can list a name twice.
            if (!Entries.TryAdd(path, entry.Attributes))
                return;
            if (Entries.Count > MaxEntries)
                throw new TransferException(root, "too many entries");
        }

        if (entry.Attributes.IsDirectory && isWanted(path))
            below.Add(path);
    }
}
