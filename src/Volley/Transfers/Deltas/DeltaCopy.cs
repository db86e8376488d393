using System.Numerics;
using Volley.Interop.Waiting;
using Volley.Ssh;
using Volley.Transfers.Pushing;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Deltas;

/// <summary>
/// Writes large files that replace similar ones: the server copies the blocks that it has from the old file, and only the others are sent. Where
/// that is not possible, or not worth it, the caller copies the whole file.
/// </summary>
/// <param name="client">The SFTP client.</param>
/// <param name="blocks">Checksums at the target.</param>
/// <param name="oldLengths">The lengths of the files that are replaced.</param>
/// <param name="limits">What all targets share.</param>
/// <param name="progress">Counts the bytes.</param>
internal sealed class DeltaCopy(
    SftpClient client, RemoteBlocks blocks, IReadOnlyDictionary<LocalEntry, long> oldLengths, PushLimits limits, TransferProgress progress)
{
    /// <summary>A smaller file is sent in the time that the programs at the target take.</summary>
    public const long MinLength = 4 << 20;

    // The checksums of a larger file are more than is accepted from a program at a target.
    private const long MaxLength = 256L << 30;
    private const int MinBlock = 8 << 10;
    // The old file is read at the target, which must be worth it.
    private const int MaxLengthRatio = 4;
    private const int FilesAtOnce = 2;

    private readonly AsyncGate _gate = new(FilesAtOnce);
    private readonly bool _isOffered = client.Extensions.ContainsKey("copy-data");

    /// <summary>Opens the old file of an entry, and finds what it has in common with the new one. Returns null if the whole file is to be sent.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    /// <exception cref="TransferException">The source can't be read, or has changed.</exception>
    public async Task<OldFile?> FindAsync(LocalEntry entry, string path, CancellationToken cancellationToken)
    {
        if (!_isOffered || blocks.IsMissing || !oldLengths.TryGetValue(entry, out var oldLength) || !IsWorthwhile(entry, oldLength))
            return null;
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            progress.Begin(entry.Path);
            if (await blocks.ReadAsync(path, GetBlockLength(oldLength), cancellationToken).ConfigureAwait(false) is not { } signature)
                return null;
            var copies = await limits.Deltas.FindAsync(entry, signature).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (copies.Sum(copy => copy.Length) < entry.DataLength / MaxLengthRatio)
                return null;
            var file = await client.OpenAsync(path, FileMode.Open, FileAccess.Read, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new OldFile(file, copies);
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            return null;
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>Returns whether a file at the target has the content of its source. The old file may have changed since its checksums were computed.</summary>
    /// <exception cref="TransferException">The source can't be read, or has changed.</exception>
    public async Task<bool> IsSameAsync(LocalEntry entry, string path, CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var expected = await limits.Source.HashAsync(entry, entry.Length).WaitAsync(cancellationToken).ConfigureAwait(false);
            return await blocks.HasHashAsync(path, expected, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Leave();
        }
    }

    private static bool IsWorthwhile(LocalEntry entry, long oldLength) =>
        entry.DataLength >= MinLength && oldLength <= Math.Min(MaxLength, MaxLengthRatio * entry.DataLength) && oldLength >= entry.DataLength / MaxLengthRatio;

    /// <summary>Returns a block length for which the checksums and the blocks that a few changes touch have about the same size.</summary>
    private static int GetBlockLength(long oldLength) => Math.Max(MinBlock, (int)BitOperations.RoundUpToPowerOf2((ulong)(2 * Math.Sqrt(oldLength))));
}
