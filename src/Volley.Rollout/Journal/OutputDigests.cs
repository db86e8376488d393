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
                case JournalEvent { Event: NodeStarted { Step: > 1 } step }:
                    outputs[step.Target.Index].BeginStep();
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

    /// <summary>The hashes of both streams, independent of their chunks: one for each step, because each has gaps of its own.</summary>
    private sealed class Output
    {
        private readonly XxHash128[] _streams = [new(), new()];
        private readonly JournalOmission?[] _omissions = new JournalOmission?[2];
        private readonly bool[] _isSeen = new bool[2];
        private readonly List<string?> _hashes = [];
        private long _omitted;

        public void Add(NodeOutput output)
        {
            _streams[(int)output.Stream].Append(output.Data.Span);
            _isSeen[(int)output.Stream] = true;
        }

        public void Add(JournalOmission omission)
        {
            _omissions[(int)omission.Stream] = omission;
            _isSeen[(int)omission.Stream] = true;
            _omitted += omission.Bytes;
        }

        public void BeginStep()
        {
            for (var stream = 0; stream < _streams.Length; stream++)
            {
                _hashes.Add(_omissions[stream] is { } omission ? omission.Hash : Format(_streams[stream]));
                _streams[stream].Reset();
                _omissions[stream] = null;
            }
        }

        public OutputDigest GetDigest(NodeResult result)
        {
            BeginStep();
            // The content of copied files, and all output after a failed write, is missing without an omission.
            var isUnknown = _hashes.Contains(null)
                || IsMissing(StreamKind.Stdout, result.StdoutBytes) || IsMissing(StreamKind.Stderr, result.StderrBytes);
            return new OutputDigest(result.StdoutBytes + result.StderrBytes, _omitted, isUnknown ? null : string.Join(' ', _hashes));
        }

        private bool IsMissing(StreamKind stream, long bytes) => bytes > 0 && !_isSeen[(int)stream];
    }
}
