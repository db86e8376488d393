using System.IO.Hashing;
using Volley.Input;

namespace Volley.Cli.Dshbak;

/// <summary>All lines of one host, in order. Beyond a limit they spill into an unlinked file.</summary>
internal sealed class HostOutput(string host) : IDisposable
{
    private readonly SpillBuffer _lines = new();
    private readonly XxHash128 _hash = new();

    internal delegate void Write(ReadOnlySpan<byte> data);

    public string Host => host;

    /// <summary>The number at the end of the host's name, as a sort key; 0 without one.</summary>
    public decimal Number { get; } = GetNumber(host);

    public void Append(ReadOnlySpan<byte> line)
    {
        _lines.Append(line);
        _hash.Append(line);
    }

    /// <summary>Returns length and hash of the output. They are equal for equal outputs; different outputs can collide.</summary>
    public (long Length, UInt128 Hash) Digest() => (_lines.Length, _hash.GetCurrentHashAsUInt128());

    public bool IsSameAs(HostOutput other)
    {
        if (_lines.Length != other._lines.Length)
            return false;
        var (ours, theirs) = (new byte[32 * 1024], new byte[32 * 1024]);
        for (long position = 0; position < _lines.Length;)
        {
            var count = _lines.Read(position, ours);
            var same = 0;
            while (same < count && other._lines.Read(position + same, theirs.AsSpan(same, count - same)) is > 0 and var more)
                same += more;
            if (same < count || !ours.AsSpan(0, count).SequenceEqual(theirs.AsSpan(0, count)))
                return false;
            position += count;
        }

        return true;
    }

    public void CopyTo(Write write)
    {
        var buffer = new byte[64 * 1024];
        for (long position = 0; _lines.Read(position, buffer) is > 0 and var count; position += count)
            write(buffer.AsSpan(0, count));
    }

    public void Dispose() => _lines.Dispose();

    private static decimal GetNumber(string host)
    {
        const int MaxDigits = 28;
        var digits = host.Length - host.AsSpan().TrimEnd("0123456789").Length;
        return digits is > 0 and <= MaxDigits ? decimal.Parse(host.AsSpan()[^digits..], System.Globalization.CultureInfo.InvariantCulture) : 0;
    }
}
