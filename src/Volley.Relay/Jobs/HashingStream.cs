using System.Security.Cryptography;

namespace Volley.Relay.Jobs;

/// <summary>Passes data on to a stream, and computes its SHA-256.</summary>
/// <param name="destination">The stream, which is not disposed.</param>
/// <param name="limit">The largest number of bytes. More is an error, so that a wrong object can't fill the disk.</param>
internal sealed class HashingStream(Stream destination, long limit) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The number of bytes.</summary>
    public long Count { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => Count; set => throw new NotSupportedException(); }

    /// <summary>Returns the hash of all data in hexadecimal digits.</summary>
    public string GetHash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public override void Flush() => destination.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => destination.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
    {
        Add(buffer.AsSpan(offset, count));
        destination.Write(buffer, offset, count);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Add(buffer.Span);
        return destination.WriteAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }

    private void Add(ReadOnlySpan<byte> data)
    {
        Count += data.Length;
        if (Count > limit)
            throw new RefusedException("the input of a command is not the one that was signed");
        _hash.AppendData(data);
    }
}
