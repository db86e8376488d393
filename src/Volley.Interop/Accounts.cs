using System.Runtime.InteropServices;

namespace Volley.Interop;

/// <summary>The users of this process (getuid(2)).</summary>
internal static partial class Accounts
{
    /// <summary>Returns the id of the user that started the process.</summary>
    [LibraryImport("libc", EntryPoint = "getuid")]
    public static partial uint UserId();

    /// <summary>Returns the id of the user that the process acts as.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();
}
