using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Volley.Interop.Text;

/// <summary>Passes a string to a C function as <see cref="SystemText"/>.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(ManagedToUnmanagedIn))]
internal static unsafe class SystemTextMarshaller
{
    /// <summary>Holds one argument during a call.</summary>
    public ref struct ManagedToUnmanagedIn
    {
        private byte* _text;

        /// <summary>Encodes the argument.</summary>
        /// <exception cref="ArgumentException">The argument contains a zero character, which would end it in C.</exception>
        public void FromManaged(string? managed) => _text = managed is null ? null : Allocate(managed);

        /// <summary>Returns the encoded argument.</summary>
        public readonly byte* ToUnmanaged() => _text;

        /// <summary>Frees the encoded argument.</summary>
        public void Free() => NativeMemory.Free(_text);
    }

    /// <summary>Encodes a string for C, with a terminating zero byte. The caller frees it with <see cref="NativeMemory.Free"/>.</summary>
    /// <exception cref="ArgumentException">The text contains a zero character, which would end it in C.</exception>
    public static byte* Allocate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("text for the system holds a zero character", nameof(text));
        var length = SystemText.GetByteCount(text);
        var bytes = (byte*)NativeMemory.Alloc((nuint)length + 1);
        SystemText.Encode(text, new Span<byte>(bytes, length));
        bytes[length] = 0;
        return bytes;
    }
}
