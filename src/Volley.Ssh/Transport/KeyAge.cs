namespace Volley.Ssh.Transport;

/// <summary>The use of the keys of one direction (RFC 4253 section 9, RFC 4344 section 3).</summary>
internal struct KeyAge
{
    private const uint RipePackets = 1U << 31;
    private const uint MaxPackets = uint.MaxValue - 1;

    private long _bytes;
    private uint _packets;
    private long _since;

    public KeyAge(TimeProvider time) => _since = time.GetTimestamp();

    /// <summary>Whether the keys must not be used for another packet, because its sequence number would repeat.</summary>
    public readonly bool IsOver => _packets >= MaxPackets;

    public void Count(int bytes)
    {
        _bytes += bytes;
        _packets++;
    }

    /// <summary>Returns whether it is time for new keys.</summary>
    public readonly bool IsRipe(SshTransportOptions options) =>
        _bytes >= options.RekeyAfterBytes
        || _packets >= RipePackets
        || (options.RekeyAfter > TimeSpan.Zero && options.Time.GetElapsedTime(_since) >= options.RekeyAfter);
}
