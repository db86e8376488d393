using System.Collections.Immutable;
using Volley.Ssh;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Pushing;

/// <summary>Where the sources go at a target, as cp(1) and scp(1) decide it.</summary>
/// <param name="Directory">The existing directory that receives the sources; empty for the one in which the server starts.</param>
/// <param name="Name">The new name of the only source, empty if the directory stands for it; null if sources keep their names.</param>
internal sealed record Destination(string Directory, string? Name)
{
    /// <summary>Finds the destination.</summary>
    /// <param name="client">The SFTP client.</param>
    /// <param name="failures">Finds the reasons of failures.</param>
    /// <param name="path">The path that the user gave.</param>
    /// <param name="trees">The sources.</param>
    /// <param name="makesDirectories">Whether missing parents are created.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    /// <exception cref="TransferException">The destination does not fit the sources.</exception>
    public static async Task<Destination> FindAsync(
        SftpClient client, RemoteFailures failures, string path, ImmutableArray<LocalTree> trees, bool makesDirectories, CancellationToken cancellationToken)
    {
        path = await ExpandHomeAsync(client, path, cancellationToken).ConfigureAwait(false);
        var isDirectory = path.EndsWith('/') || RemotePath.GetName(path) is "." or ".." || trees.Length > 1;
        var trimmed = RemotePath.TrimEnd(path);
        var existing = await FindAttributesAsync(client, trimmed, cancellationToken).ConfigureAwait(false);
        if (existing is { IsDirectory: true })
            return new(trimmed, null);
        // Nothing can be created under these names.
        if (existing is null && RemotePath.GetName(trimmed) is "." or "..")
            throw new TransferException(RemotePath.TrimEnd(RemotePath.GetDirectory(trimmed)), "not a directory");
        if (existing is not null && (isDirectory || trees[0].Root.Kind == LocalEntryKind.Directory))
            throw new TransferException(trimmed, "not a directory");
        var parent = RemotePath.GetDirectory(trimmed);
        if (existing is null)
            await CheckParentAsync(client, failures, parent, makesDirectories, cancellationToken).ConfigureAwait(false);
        if (!isDirectory)
            return new(parent, RemotePath.GetName(trimmed));
        await MakeAsync(client, failures, trimmed, cancellationToken).ConfigureAwait(false);
        return new(trimmed, null);
    }

    /// <summary>Finds the destination of a synchronization: that of a source directory stands for the directory itself.</summary>
    /// <param name="client">The SFTP client.</param>
    /// <param name="failures">Finds the reasons of failures.</param>
    /// <param name="path">The path that the user gave.</param>
    /// <param name="tree">The source.</param>
    /// <param name="makesDirectories">Whether missing parents are created.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SftpException">The server refused, or the connection is lost.</exception>
    /// <exception cref="TransferException">The destination does not fit the source.</exception>
    public static async Task<Destination> FindForSyncAsync(
        SftpClient client, RemoteFailures failures, string path, LocalTree tree, bool makesDirectories, CancellationToken cancellationToken)
    {
        if (tree.Root.Kind != LocalEntryKind.Directory)
            return await FindAsync(client, failures, path, [tree], makesDirectories, cancellationToken).ConfigureAwait(false);
        var trimmed = RemotePath.TrimEnd(await ExpandHomeAsync(client, path, cancellationToken).ConfigureAwait(false));
        var existing = await FindAttributesAsync(client, trimmed, cancellationToken).ConfigureAwait(false);
        // The user may name the directory by a link.
        if (existing is { IsDirectory: true })
            return new(await client.GetRealPathAsync(trimmed, cancellationToken).ConfigureAwait(false), "");
        if (existing is not null)
            throw new TransferException(trimmed, "not a directory");
        await CheckParentAsync(client, failures, RemotePath.GetDirectory(trimmed), makesDirectories, cancellationToken).ConfigureAwait(false);
        return new(trimmed, "");
    }

    /// <summary>Returns the path of a source.</summary>
    public string GetPath(LocalTree tree, LocalEntry entry) => RemotePath.Join(RemotePath.Join(Directory, Name ?? tree.Name), entry.RelativeName);

    /// <summary>Returns the attributes of a path, following links; null if it does not exist.</summary>
    public static async Task<SftpAttributes?> FindAttributesAsync(SftpClient client, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAttributesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException missing) when (missing.Status == SftpStatus.NoSuchFile)
        {
            return null;
        }
    }

    private static async Task<string> ExpandHomeAsync(SftpClient client, string path, CancellationToken cancellationToken)
    {
        if (path[0] != '~')
            return path;
        // The server starts in the home directory.
        if (path is "~" or "~/")
            return "./";
        if (path.StartsWith("~/", StringComparison.Ordinal))
            return path[2..].TrimStart('/') is { Length: > 0 } below ? below : "./";
        var end = path.EndsWith('/') ? "/" : "";
        try
        {
            return await client.ExpandPathAsync(path, cancellationToken).ConfigureAwait(false) + end;
        }
        catch (SftpException failure)
        {
            throw TransferException.At(path, failure);
        }
    }

    private static async Task CheckParentAsync(
        SftpClient client, RemoteFailures failures, string parent, bool makesDirectories, CancellationToken cancellationToken)
    {
        if (parent.Length == 0)
            return;
        var existing = await FindAttributesAsync(client, parent, cancellationToken).ConfigureAwait(false);
        if (existing is { IsDirectory: false })
            throw new TransferException(parent, "not a directory");
        if (existing is not null)
            return;
        if (!makesDirectories)
            throw TransferException.NoDirectory(parent);
        await CheckParentAsync(client, failures, RemotePath.GetDirectory(parent), makesDirectories, cancellationToken).ConfigureAwait(false);
        await MakeAsync(client, failures, parent, cancellationToken).ConfigureAwait(false);
    }

    private static async Task MakeAsync(SftpClient client, RemoteFailures failures, string path, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateDirectoryAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            // Another run may have created it since.
            if (await FindAttributesAsync(client, path, cancellationToken).ConfigureAwait(false) is not { IsDirectory: true })
                throw await failures.ExplainWriteAsync(path, failure, cancellationToken).ConfigureAwait(false);
        }
    }
}
