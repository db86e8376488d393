using System.Collections.Immutable;
using Volley.Ssh;

namespace Volley.Transfers.Deltas;

/// <summary>An old file at the target, and the parts of the new one that it has. Disposing closes the file.</summary>
/// <param name="file">The open file.</param>
/// <param name="copies">The parts, in order.</param>
internal sealed class OldFile(SftpFile file, ImmutableArray<BlockCopy> copies) : IAsyncDisposable
{
    private long _counted;

    public SftpFile File => file;

    public ImmutableArray<BlockCopy> Copies => copies;

    /// <summary>The number of bytes of the new file that the progress has counted.</summary>
    public long Counted => Interlocked.Read(ref _counted);

    /// <summary>Adds to <see cref="Counted"/>.</summary>
    public void Count(long bytes) => Interlocked.Add(ref _counted, bytes);

    public ValueTask DisposeAsync() => file.DisposeAsync();
}
