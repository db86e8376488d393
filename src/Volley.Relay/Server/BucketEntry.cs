namespace Volley.Relay.Server;

/// <summary>A key of a bucket with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <param name="Revision">The revision, with which the next value is written.</param>
/// <param name="Time">The time of the server at which the value was written.</param>
internal readonly record struct BucketEntry(string Key, ReadOnlyMemory<byte> Value, ulong Revision, DateTimeOffset Time)
{
    public void Deconstruct(out string key, out ReadOnlyMemory<byte> value, out ulong revision) => (key, value, revision) = (Key, Value, Revision);
}
