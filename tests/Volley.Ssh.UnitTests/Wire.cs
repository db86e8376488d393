using System.Buffers.Binary;
using System.Text;
using Volley.Ssh.Wire;

namespace Volley.Ssh.UnitTests;

/// <summary>Messages as a peer would write them: independent of the code under test, apart from the numbers.</summary>
internal static class Wire
{
    /// <summary>One message: uint becomes uint32, string and byte[] a string, bool a boolean, byte itself.</summary>
    public static byte[] Message(byte number, params object[] fields)
    {
        var bytes = new List<byte> { number };
        foreach (var field in fields)
        {
            switch (field)
            {
                case uint value:
                    bytes.AddRange(UInt32(value));
                    break;
                case bool value:
                    bytes.Add(value ? (byte)1 : (byte)0);
                    break;
                case byte value:
                    bytes.Add(value);
                    break;
                case string value:
                    bytes.AddRange([.. UInt32((uint)Encoding.UTF8.GetByteCount(value)), .. Encoding.UTF8.GetBytes(value)]);
                    break;
                case byte[] value:
                    bytes.AddRange([.. UInt32((uint)value.Length), .. value]);
                    break;
                default:
                    throw new ArgumentException($"no field: {field}", nameof(fields));
            }
        }
        return [.. bytes];
    }

    /// <summary>A key or a signature: the name of its type, and fields of the type "string".</summary>
    public static byte[] Blob(string name, params byte[][] fields) => Message(0, [name, .. fields])[1..];

    /// <summary>The bytes of a positive number as an "mpint": without leading zeros, but for one where it would seem negative.</summary>
    public static byte[] Positive(byte[] value)
    {
        byte[] digits = [.. value.SkipWhile(digit => digit == 0)];
        return digits is [>= 0x80, ..] ? [0, .. digits] : digits;
    }

    public static byte[] Confirmation(uint to, uint own = 100, uint window = 1 << 20, uint maxPacket = 32 << 10) =>
        Message(MessageNumber.ChannelOpenConfirmation, to, own, window, maxPacket);

    public static byte[] Data(uint to, byte[] data) => Message(MessageNumber.ChannelData, to, data);

    public static byte[] Data(uint to, string data) => Message(MessageNumber.ChannelData, to, data);

    public static byte[] Error(uint to, string data) => Message(MessageNumber.ChannelExtendedData, to, 1u, data);

    public static byte[] Eof(uint to) => Message(MessageNumber.ChannelEof, to);

    public static byte[] Close(uint to) => Message(MessageNumber.ChannelClose, to);

    public static byte[] Success(uint to) => Message(MessageNumber.ChannelSuccess, to);

    public static byte[] Failure(uint to) => Message(MessageNumber.ChannelFailure, to);

    public static byte[] Adjust(uint to, uint count) => Message(MessageNumber.ChannelWindowAdjust, to, count);

    public static byte[] ExitStatus(uint to, uint status) => Message(MessageNumber.ChannelRequest, to, "exit-status", false, status);

    public static byte[] UInt32(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static uint UInt32(byte[] message, int offset) => BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(offset));

    /// <summary>The bytes of a data message.</summary>
    public static byte[] DataOf(byte[] message)
    {
        if (message[0] != MessageNumber.ChannelData)
            throw new ArgumentException($"no data: {message[0]}", nameof(message));
        return message[9..];
    }
}
