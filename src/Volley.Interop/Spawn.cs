using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Volley.Interop.Text;

namespace Volley.Interop;

/// <summary>Starts processes (posix_spawn(3), system(3)).</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Spawn
{
    private const short SetDefaults = 0x04;      // POSIX_SPAWN_SETSIGDEF
    private const short SetMask = 0x08;          // POSIX_SPAWN_SETSIGMASK
    private const short SetSession = 0x80;       // POSIX_SPAWN_SETSID

    // Room for glibc's and musl's posix_spawn_file_actions_t and posix_spawnattr_t, of which the largest has 336 bytes.
    private const int StructureSize = 1024;

    // A program that this process has just written is busy until every child that another thread forked meanwhile has called exec, because
    // such a child holds a copy of the descriptor that was open for writing.
    private const int BusyTries = 50;
    private const int BusyDelay = 2;             // milliseconds

    /// <summary>
    /// Starts a program, which is searched on PATH. It leads a session of its own, so that Ctrl+C on a terminal, which goes to every process of the
    /// foreground group, reaches only this process. No signal is blocked or ignored in it, whatever this process inherited.
    /// </summary>
    /// <param name="words">The program and its arguments, at least one element.</param>
    /// <param name="environment">The environment, as NAME=VALUE.</param>
    /// <param name="input">The child's standard input; /dev/null if null.</param>
    /// <param name="output">The child's standard output.</param>
    /// <param name="error">The child's standard error.</param>
    /// <param name="pid">The process id of the child.</param>
    /// <returns>0, or the error number of the failure.</returns>
    /// <exception cref="Win32Exception">No memory is left.</exception>
    public static int Start(
        IReadOnlyList<string> words, IReadOnlyList<string> environment,
        SafeFileHandle? input, SafeFileHandle output, SafeFileHandle error, out int pid)
    {
        var actions = stackalloc byte[StructureSize];
        var attributes = stackalloc byte[StructureSize];
        var signals = stackalloc byte[SignalCalls.SetSize];
        using var arguments = new WordArray(words);
        using var variables = new WordArray(environment);
        Require(InitActions(actions));
        Require(InitAttributes(attributes));
        try
        {
            if (input is null)
            {
                fixed (byte* nothing = "/dev/null\0"u8)
                    Require(AddOpen(actions, 0, nothing, FileCalls.ReadOnly, 0));
            }
            else
            {
                Require(AddDuplicate(actions, (int)input.DangerousGetHandle(), 0));
            }

            Require(AddDuplicate(actions, (int)output.DangerousGetHandle(), 1));
            Require(AddDuplicate(actions, (int)error.DangerousGetHandle(), 2));
            Require(SignalCalls.Empty(signals));
            Require(SetSignalMask(attributes, signals));
            Require(SignalCalls.Fill(signals));
            Require(SetSignalDefaults(attributes, signals));
            Require(SetFlags(attributes, SetSession | SetMask | SetDefaults));
            for (var tries = 1; ; tries++)
            {
                var failure = Start(out pid, arguments.First, actions, attributes, arguments.Words, variables.Words);
                if (failure != Errno.TextFileBusy || tries == BusyTries)
                    return failure;
#pragma warning disable RS0030 // posix_spawn itself waits until the child has called exec.
                Thread.Sleep(BusyDelay);
#pragma warning restore RS0030
            }
        }
        finally
        {
            _ = DestroyAttributes(attributes);
            _ = DestroyActions(actions);
        }
    }

    /// <summary>Runs a command by the shell and waits for its end.</summary>
    [LibraryImport("libc", EntryPoint = "system", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    public static partial int RunShell(string command);

    // These calls only fill structures, and fail only if no memory is left.
    private static void Require(int result)
    {
        if (result != 0)
            throw new Win32Exception(Errno.NoMemory);
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    private static partial int Start(out int pid, byte* file, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    private static partial int AddOpen(byte* actions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetSignalMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetSignalDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    /// <summary>Strings in C's form: an array of pointers that ends with a null.</summary>
    private sealed class WordArray : IDisposable
    {
        private readonly int _count;

        public WordArray(IReadOnlyList<string> words)
        {
            Words = (byte**)NativeMemory.AllocZeroed((nuint)words.Count + 1, (nuint)sizeof(byte*));
            for (; _count < words.Count; _count++)
                Words[_count] = SystemTextMarshaller.Allocate(words[_count]);
        }

        public byte** Words { get; }

        public byte* First => Words[0];

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
                NativeMemory.Free(Words[i]);
            NativeMemory.Free(Words);
        }
    }
}
