using System.Buffers;

namespace Volley.Ssh.Wire;

/// <summary>A message to send, in a rented array.</summary>
internal readonly struct OutgoingMessage(byte[] array, int length, bool isSecret = false)
{
    public int Length => length;

    public ReadOnlyMemory<byte> Memory => array.AsMemory(0, length);

    public void Return() => ArrayPool<byte>.Shared.Return(array, clearArray: isSecret);
}
