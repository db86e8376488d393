using System.IO.Hashing;

namespace Volley.Rollout.Journal;

/// <summary>Computes the digests of all outputs of a run.</summary>
internal static class OutputDigests
{
    /// <summary>Returns the digests by the index of the target.</summary>
    /// <param name="reader">The journal.</param>
    /// <param name="results">The results by the index of the target.</param>
    /// <exception cref="JournalException">The journal can't be read.</exception>
    public static IReadOnlyList<OutputDigest> Read(JournalReader reader, IReadOnlyList<NodeResult> results)
    {
        var outputs = new Output[results.Count];
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = new Output();
        foreach (var record in reader.ReadAllEvents())
        {
            switch (record)
            {
                // A target or a command that runs again begins again.
                case JournalEvent { Event: NodeConnecting or NodeRetrying } again:
                    outputs[again.Event.Target.Index] = new Output();
                    break;
                case JournalEvent { Event: NodeOutput output }:
                    outputs[output.Target.Index].Add(output);
                    break;
                case JournalOmission omission:
                    outputs[omission.Target.Index].Add(omission);
                    break;
            }
        }

        return [.. results.Select((result, index) => outputs[index].GetDigest(result))];
    }

    /// <summary>Returns the hash of a stream in the form of the journal.</summary>
    public static string Format(XxHash128 hash) => Convert.ToHexStringLower(hash.GetCurrentHash());

    /// <summary>The hashes of both streams, independent of their chunks.</summary>
    private sealed class Output
    {
        private readonly XxHash128[] _streams = [new(), new()];
        private readonly bool[] _hasOutput = new bool[2];
        private readonly JournalOmission?[] _omissions = new JournalOmission?[2];

        public void Add(NodeOutput output)
        {
            _streams[(int)output.Stream].Append(output.Data.Span);
            _hasOutput[(int)output.Stream] = true;
        }

        public void Add(JournalOmission omission) => _omissions[(int)omission.Stream] = omission;

        public OutputDigest GetDigest(NodeResult result)
        {
            var hashes = new[] { GetHash(StreamKind.Stdout, result.StdoutBytes), GetHash(StreamKind.Stderr, result.StderrBytes) };
            var omitted = _omissions.Sum(omission => omission?.Bytes ?? 0);
            return new OutputDigest(result.StdoutBytes + result.StderrBytes, omitted, hashes.Contains(null) ? null : string.Join(' ', hashes));
        }

        // The content of copied files, and all output after a failed write, is missing without an omission.
        private string? GetHash(StreamKind stream, long bytes) => _omissions[(int)stream] is { } omission ? omission.Hash
            : bytes > 0 && !_hasOutput[(int)stream] ? null
            : Format(_streams[(int)stream]);
    }
}
