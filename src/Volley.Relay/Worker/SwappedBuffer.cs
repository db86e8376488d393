using System.Buffers;

namespace Volley.Relay.Worker;

/// <summary>Two buffers: one is written while the other one is sent.</summary>
internal sealed class SwappedBuffer : IBufferWriter<byte>
{
    private ArrayBufferWriter<byte> _written = new();
    private ArrayBufferWriter<byte> _sent = new();

    public int WrittenCount => _written.WrittenCount;

    /// <summary>Returns what was written, which is valid until the next call, and goes on with the other buffer.</summary>
    public ReadOnlyMemory<byte> Swap()
    {
        (_written, _sent) = (_sent, _written);
        _written.ResetWrittenCount();
        return _sent.WrittenMemory;
    }

    public void Advance(int count) => _written.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _written.GetSpan(sizeHint);
}
