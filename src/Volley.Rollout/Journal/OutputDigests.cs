using System.Security.Cryptography;

namespace Volley.Rollout.Journal;

/// <summary>Computes the digests of all outputs of a run.</summary>
internal static class OutputDigests
{
    /// <summary>Returns the digests by the index of the target.</summary>
    /// <exception cref="JournalException">The journal can't be read.</exception>
    public static IReadOnlyList<OutputDigest> Read(JournalReader reader, IReadOnlyList<NodeResult> results)
    {
        var outputs = new Output?[results.Count];
        try
        {
            foreach (var record in reader.ReadEvents())
            {
                switch (record)
                {
                    // A target or a command that runs again begins again.
                    case JournalEvent { Event: NodeConnecting or NodeRetrying } again:
                        outputs[again.Event.Target.Index]?.Dispose();
                        outputs[again.Event.Target.Index] = null;
                        break;
                    case JournalEvent { Event: NodeOutput output }:
                        (outputs[output.Target.Index] ??= new Output()).Add(output);
                        break;
                    case JournalEarlier { Result: var result, Target: var target }:
                        (outputs[target.Index] ??= new Output()).Omitted = result.StdoutBytes + result.StderrBytes;
                        break;
                    case JournalOmission omission:
                        (outputs[omission.Target.Index] ??= new Output()).Omitted += omission.Bytes;
                        break;
                }
            }

            return [.. results.Select((result, index) =>
                new OutputDigest(result.StdoutBytes + result.StderrBytes, outputs[index]?.Omitted ?? 0, outputs[index]?.GetHash() ?? ""))];
        }
        finally
        {
            foreach (var output in outputs)
                output?.Dispose();
        }
    }

    /// <summary>The hashes of both streams, independent of their chunks.</summary>
    private sealed class Output : IDisposable
    {
        private readonly IncrementalHash?[] _streams = new IncrementalHash?[2];

        public long Omitted { get; set; }

        public void Add(NodeOutput output) =>
            (_streams[(int)output.Stream] ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256)).AppendData(output.Data.Span);

        public string GetHash() => string.Join(' ', _streams.Select(stream => stream is null ? "" : Convert.ToHexStringLower(stream.GetCurrentHash())));

        public void Dispose()
        {
            foreach (var stream in _streams)
                stream?.Dispose();
        }
    }
}
