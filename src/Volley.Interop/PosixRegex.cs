using System.Runtime.InteropServices;
using System.Text;
using Volley.Interop.Text;

namespace Volley.Interop;

/// <summary>A POSIX extended regular expression, compiled by the C library's regcomp(3).</summary>
internal sealed unsafe partial class PosixRegex : IDisposable
{
    private const int Extended = 1;    // REG_EXTENDED
    private const int NoPlaces = 8;    // REG_NOSUB

    // regex_t has 64 bytes in glibc, and 56 in musl.
    private const int StructureSize = 256;

    private readonly byte* _compiled = (byte*)NativeMemory.AllocZeroed(StructureSize);

    /// <exception cref="FormatException">The pattern is invalid. The message is the C library's.</exception>
    public PosixRegex(string pattern)
    {
        if (Compile(_compiled, pattern, Extended | NoPlaces) is not 0 and var error)
        {
            var message = stackalloc byte[256];
            _ = Describe(error, _compiled, message, 256);
            var text = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(message));
            NativeMemory.Free(_compiled);
            throw new FormatException(text);
        }
    }

    /// <summary>Whether the pattern matches anywhere in the text.</summary>
    public bool IsMatch(string text) => Match(_compiled, text, 0, null, 0) == 0;

    public void Dispose()
    {
        Free(_compiled);
        NativeMemory.Free(_compiled);
    }

    [LibraryImport("libc", EntryPoint = "regcomp", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int Compile(byte* compiled, string pattern, int flags);

    [LibraryImport("libc", EntryPoint = "regexec", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    private static partial int Match(byte* compiled, string text, nuint places, void* found, int flags);

    [LibraryImport("libc", EntryPoint = "regerror")]
    private static partial nuint Describe(int error, byte* compiled, byte* text, nuint size);

    [LibraryImport("libc", EntryPoint = "regfree")]
    private static partial void Free(byte* compiled);
}
