using System.IO.Hashing;
using Volley.Interop;

namespace Volley.Cli.Tui.Nodes;

/// <summary>
/// The identity of an output: length and hash of both streams. The hash has a random seed per process, so that a host can't craft
/// output that collides with another group's.
/// </summary>
internal sealed class OutputIdentity
{
    private static readonly long Seed = RandomSeed();

    private readonly Stream _stdout = new();
    private readonly Stream _stderr = new();

    public void Append(StreamKind kind, ReadOnlySpan<byte> data) => (kind == StreamKind.Stdout ? _stdout : _stderr).Append(data);

    /// <summary>The identity, which is equal for equal outputs.</summary>
    public (long, UInt128, long, UInt128) Value => (_stdout.Length, _stdout.Hash, _stderr.Length, _stderr.Hash);

    private static long RandomSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        Sodium.FillRandom(bytes);
        return BitConverter.ToInt64(bytes);
    }

    private sealed class Stream
    {
        private XxHash128? _hash;
        private UInt128? _value;

        public long Length { get; private set; }

        public UInt128 Hash => _value ??= _hash?.GetCurrentHashAsUInt128() ?? 0;

        public void Append(ReadOnlySpan<byte> data)
        {
            (_hash ??= new XxHash128(Seed)).Append(data);
            Length += data.Length;
            _value = null;
        }
    }
}
