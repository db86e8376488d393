namespace Volley.Transfers.Deltas;

/// <summary>Adler-32 (RFC 1950 section 8.2) of a window of fixed length that moves over data, a byte at a time.</summary>
internal struct RollingChecksum
{
    private const uint Modulus = 65521;

    // The largest number of bytes whose sums fit 32 bits before they are reduced.
    private const int MaxRun = 5552;

    private readonly uint[] _leaving;
    private uint _low;
    private uint _high;

    /// <summary>Creates a checksum for windows of a length.</summary>
    public RollingChecksum(int windowLength)
    {
        // What the high sum changes by when a byte leaves the window, besides the new low sum: -length * byte - 1.
        _leaving = new uint[256];
        for (var value = 0; value < _leaving.Length; value++)
            _leaving[value] = (uint)(((2L * Modulus) - 1 - ((long)windowLength * value % Modulus)) % Modulus);
    }

    public readonly uint Value => (_high << 16) | _low;

    /// <summary>Returns the checksum of a block.</summary>
    public static uint Compute(ReadOnlySpan<byte> block)
    {
        uint low = 1, high = 0;
        while (!block.IsEmpty)
        {
            var run = block[..Math.Min(block.Length, MaxRun)];
            foreach (var value in run)
            {
                low += value;
                high += low;
            }

            low %= Modulus;
            high %= Modulus;
            block = block[run.Length..];
        }

        return (high << 16) | low;
    }

    /// <summary>Begins at a window.</summary>
    public void Reset(ReadOnlySpan<byte> window)
    {
        var value = Compute(window);
        (_low, _high) = (value & 0xffff, value >> 16);
    }

    /// <summary>Moves the window by a byte.</summary>
    /// <param name="leaving">The first byte of the window.</param>
    /// <param name="entering">The byte behind the window.</param>
    public void Roll(byte leaving, byte entering)
    {
        _low = Reduce(_low + entering + Modulus - leaving);
        _high = Reduce(_high + _low + _leaving[leaving]);
    }

    /// <summary>Reduces a value that is below three times the modulus.</summary>
    private static uint Reduce(uint value)
    {
        if (value >= Modulus)
            value -= Modulus;
        return value >= Modulus ? value - Modulus : value;
    }
}
