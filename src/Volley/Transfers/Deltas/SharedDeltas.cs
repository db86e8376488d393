using System.Collections.Immutable;
using Volley.Interop.Waiting;
using Volley.Transfers.Sources;

namespace Volley.Transfers.Deltas;

/// <summary>What source files have in common with old files, computed once for all hosts that have the same old file.</summary>
/// <param name="source">The source.</param>
internal sealed class SharedDeltas(SharedSource source)
{
    private const int MaxKept = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<(LocalEntry, string), Task<ImmutableArray<BlockCopy>>> _results = [];
    // The oldest first.
    private readonly Queue<(LocalEntry, string)> _kept = [];
    private readonly AsyncGate _processors = new(Environment.ProcessorCount);

    /// <summary>Returns the parts of a source file that an old file has, in order.</summary>
    /// <exception cref="TransferException">The source can't be read, or has changed.</exception>
    public Task<ImmutableArray<BlockCopy>> FindAsync(LocalEntry entry, BlockSignature old)
    {
        lock (_lock)
        {
            var key = (entry, old.Identity);
            if (_results.TryGetValue(key, out var known))
                return known;
            if (_kept.Count == MaxKept)
                _results.Remove(_kept.Dequeue());
            _kept.Enqueue(key);
            return _results[key] = Task.Run(() => ComputeAsync(entry, old));
        }
    }

    private async Task<ImmutableArray<BlockCopy>> ComputeAsync(LocalEntry entry, BlockSignature old)
    {
        await _processors.EnterAsync().ConfigureAwait(false);
        try
        {
            using var file = source.Open(entry);
            return new BlockMatcher(old).Find(file);
        }
        finally
        {
            _processors.Leave();
        }
    }
}
