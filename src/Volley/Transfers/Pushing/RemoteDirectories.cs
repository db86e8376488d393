using System.Collections.Immutable;
using Volley.Interop.Waiting;
using Volley.Ssh;
using Volley.Transfers.Sources;
using Volley.Transfers.Syncing;

namespace Volley.Transfers.Pushing;

/// <summary>The directories of a push at one target: created before the files, completed after them.</summary>
/// <param name="client">The SFTP client.</param>
/// <param name="destination">Where the sources go.</param>
/// <param name="trees">The sources.</param>
/// <param name="difference">What a synchronization changes; null for everything.</param>
/// <param name="failures">Finds the reasons of failures.</param>
internal sealed class RemoteDirectories(
    SftpClient client, Destination destination, ImmutableArray<LocalTree> trees, TreeDifference? difference, RemoteFailures failures)
{
    private const int RequestsAtOnce = 64;
    private const UnixFileMode AllPermissions = (UnixFileMode)0x1ff; // 0777
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The directories that existed before and receive files.</summary>
    public IReadOnlyList<string> Existing { get; private set; } = [];

    /// <summary>Creates the directories, each after its parent.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">A directory can't be created.</exception>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        List<string> existing = [];
        if (difference is null && trees.Any(tree => tree.Root.Kind != LocalEntryKind.Directory || tree.Name.Length == 0))
            existing.Add(destination.Directory);
        foreach (var level in GetLevels(entry => difference?.New.Contains(entry) ?? true))
        {
            await ForEachAsync(level, async (path, entry) =>
            {
                if (await CreateAsync(path, entry, cancellationToken).ConfigureAwait(false))
                    return;
                lock (existing)
                    existing.Add(path);
            }, cancellationToken).ConfigureAwait(false);
        }

        Existing = existing;
    }

    /// <summary>Sets the attributes of the directories, each after its content.</summary>
    /// <param name="attributes">The attributes of the copies.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">The attributes can't be changed.</exception>
    public async Task CompleteAsync(RemoteAttributes attributes, CancellationToken cancellationToken)
    {
        var existing = Existing.ToHashSet();
        foreach (var level in GetLevels(entry => difference?.MustComplete(entry) ?? true).Reverse())
        {
            await ForEachAsync(level, async (path, entry) =>
            {
                var its = await attributes.GetForDirectoryAsync(entry, path, !existing.Contains(path), cancellationToken).ConfigureAwait(false);
                try
                {
                    await client.SetAttributesAsync(path, its, cancellationToken).ConfigureAwait(false);
                }
                catch (SftpException failure) when (attributes.FindOwnerFailure(path, failure) is { } refused)
                {
                    throw refused;
                }
            }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> CreateAsync(string path, LocalEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            // With its mode, so that the files of a push that is interrupted can be read, and with the permission to write to it until it is complete.
            await client.CreateDirectoryAsync(path, (entry.Permissions & AllPermissions) | OwnerOnly, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            // A link in its place would lead elsewhere.
            var attributes = await FindLinkAttributesAsync(path, cancellationToken).ConfigureAwait(false);
            if (attributes is { IsDirectory: true })
                return false;
            if (attributes is null)
                throw await failures.ExplainWriteAsync(path, failure, cancellationToken).ConfigureAwait(false);
            throw new TransferException(path, $"a {(attributes.IsSymbolicLink ? "symbolic link" : "file")} is in the place of a directory", failure);
        }
    }

    private async Task<SftpAttributes?> FindLinkAttributesAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetLinkAttributesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException missing) when (!missing.IsConnectionLost)
        {
            return null;
        }
    }

    /// <summary>Returns the directories by depth. Those that stand for the existing destination are not among them.</summary>
    private IEnumerable<IGrouping<int, (LocalTree Tree, LocalEntry Entry)>> GetLevels(Func<LocalEntry, bool> isNeeded) =>
        from tree in trees
        from entry in tree.Entries
        where entry.Kind == LocalEntryKind.Directory && isNeeded(entry) && (entry != tree.Root || destination.Name is not null || tree.Name.Length > 0)
        group (tree, entry) by entry == tree.Root ? 0 : 1 + entry.RelativeName.Count('/') into level
        orderby level.Key
        select level;

    private async Task ForEachAsync(
        IEnumerable<(LocalTree Tree, LocalEntry Entry)> directories, Func<string, LocalEntry, Task> action, CancellationToken cancellationToken)
    {
        var gate = new AsyncGate(RequestsAtOnce);
        await Task.WhenAll(directories.Select(directory => RunAsync(destination.GetPath(directory.Tree, directory.Entry), directory.Entry)))
            .ConfigureAwait(false);

        async Task RunAsync(string path, LocalEntry entry)
        {
            await gate.EnterAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await action(path, entry).ConfigureAwait(false);
            }
            catch (SftpException failure)
            {
                throw TransferException.At(path, failure);
            }
            finally
            {
                gate.Leave();
            }
        }
    }
}
