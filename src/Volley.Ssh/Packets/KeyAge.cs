namespace Volley.Ssh.Packets;

/// <summary>How much the keys of one direction have served (RFC 4253 section 9, RFC 4344 section 3).</summary>
internal struct KeyAge
{
    private const uint RipePackets = 1U << 31;
    private const uint MostPackets = uint.MaxValue - 1;

    private long _bytes;
    private uint _packets;
    private long _since;

    public KeyAge(TimeProvider time) => _since = time.GetTimestamp();

    /// <summary>Whether one packet more would be one too many: its number would come again.</summary>
    public readonly bool IsOver => _packets >= MostPackets;

    public void Count(int bytes)
    {
        _bytes += bytes;
        _packets++;
    }

    /// <summary>Whether it is time for new keys.</summary>
    public readonly bool IsRipe(SshTransportOptions options) =>
        _bytes >= options.RekeyAfterBytes
        || _packets >= RipePackets
        || (options.RekeyAfter > TimeSpan.Zero && options.Time.GetElapsedTime(_since) >= options.RekeyAfter);
}
