using System.Collections;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Volley.Testing;

/// <summary>What becomes a descriptor of the child: a path that it opens itself, or a descriptor of ours.</summary>
internal readonly record struct ChildDescriptor(int Number, string? Path = null, int Flags = 0, int Ours = -1);

/// <summary>
/// Starts a process the way a login shell would: a session of its own, every signal at its default and none blocked.
/// System.Diagnostics.Process hands on what we ignore ourselves, and a job that a shell puts in the background
/// ignores SIGINT: the program under test would then never see a Ctrl+C.
/// </summary>
internal static partial class Spawn
{
    private const string Library = "libc";
    private const short SetSignalMask = 0x08;
    private const short SetSignalDefaults = 0x04;
    private const short SetSession = 0x80;
    private const int CreateMode = 0x1A4; // 0644

    // glibc's structures are 80, 336 and 128 bytes (x64 and arm64), musl's no larger.
    private const int StructureSize = 1024;

    public static unsafe int Start(ProgramStart start, ReadOnlySpan<ChildDescriptor> descriptors)
    {
        var actions = stackalloc byte[StructureSize];
        var attributes = stackalloc byte[StructureSize];
        var signals = stackalloc byte[StructureSize];
        Check(InitializeActions(actions));
        Check(InitializeAttributes(attributes));
        try
        {
            Check(EmptySet(signals));
            Check(SetMask(attributes, signals));
            Check(FillSet(signals));
            Check(SetDefaults(attributes, signals));
            Check(SetFlags(attributes, SetSession | SetSignalDefaults | SetSignalMask));
            if (start.WorkingDirectory is { } folder)
                Check(AddChangeDirectory(actions, folder));
            foreach (var descriptor in descriptors)
            {
                Check(descriptor.Path is { } path
                    ? AddOpen(actions, descriptor.Number, path, descriptor.Flags, CreateMode)
                    : AddDuplicate(actions, descriptor.Ours, descriptor.Number));
            }

            int process;
            var error = Run(&process, start.Program, actions, attributes,
                [start.Program, .. start.Arguments, null], [.. EnvironmentOf(start), null]);
            return error == 0
                ? process
                : throw new Win32Exception(error, $"cannot start {start.Program}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            _ = DestroyAttributes(attributes);
            _ = DestroyActions(actions);
        }
    }

    /// <summary>The exit code that a shell would show for a raw wait status: 128 + N for a process that signal N ended.</summary>
    public static int ShellCode(int status) =>
        (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F);

    private static IEnumerable<string> EnvironmentOf(ProgramStart start)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (!start.CleanEnvironment)
        {
            foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
                variables[(string)entry.Key] = (string?)entry.Value;
        }
        foreach (var (name, value) in start.Environment)
            variables[name] = value;
        return variables.Where(entry => entry.Value is not null).Select(entry => $"{entry.Key}={entry.Value}");
    }

    // The posix_spawn family returns its error instead of setting errno.
    private static void Check(int error)
    {
        if (error != 0)
            throw new Win32Exception(error);
    }

    [LibraryImport(Library, EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Run(
        int* process, string program, byte* actions, byte* attributes, string?[] arguments, string?[] environment);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    private static unsafe partial int InitializeActions(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    private static unsafe partial int DestroyActions(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int AddOpen(byte* actions, int number, string path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static unsafe partial int AddDuplicate(byte* actions, int ours, int number);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int AddChangeDirectory(byte* actions, string folder);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    private static unsafe partial int InitializeAttributes(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    private static unsafe partial int DestroyAttributes(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    private static unsafe partial int SetFlags(byte* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    private static unsafe partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    private static unsafe partial int SetDefaults(byte* attributes, byte* signals);

    [LibraryImport(Library, EntryPoint = "sigemptyset", SetLastError = true)]
    private static unsafe partial int EmptySet(byte* signals);

    [LibraryImport(Library, EntryPoint = "sigfillset", SetLastError = true)]
    private static unsafe partial int FillSet(byte* signals);
}
