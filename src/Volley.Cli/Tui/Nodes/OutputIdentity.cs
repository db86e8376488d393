using System.IO.Hashing;

namespace Volley.Cli.Tui.Nodes;

/// <summary>What tells two outputs apart: the length and the hash of both streams. The hash has a seed of this run, so that no host can print its way into another's group.</summary>
internal sealed class OutputIdentity
{
    private static readonly long Seed = BitConverter.ToInt64(Guid.NewGuid().ToByteArray());

    private readonly Stream _stdout = new();
    private readonly Stream _stderr = new();

    public void Append(StreamKind kind, ReadOnlySpan<byte> data) => (kind == StreamKind.Stdout ? _stdout : _stderr).Append(data);

    /// <summary>Equal for equal outputs.</summary>
    public (long, UInt128, long, UInt128) Value => (_stdout.Length, _stdout.Hash, _stderr.Length, _stderr.Hash);

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
