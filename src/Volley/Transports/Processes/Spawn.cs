using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Volley.Ssh.Text;

namespace Volley.Transports.Processes;

/// <summary>
/// posix_spawn(3): starts a child that leads its own session, so that a terminal's Ctrl+C, which goes to every process of
/// the foreground group, reaches only us; with no signal blocked or ignored, whatever we inherited.
/// </summary>
internal static unsafe class Spawn
{
    /// <summary>Starts a program that is found as a shell finds it.</summary>
    /// <param name="words">The program and its arguments, at least one word.</param>
    /// <param name="environment">NAME=VALUE words.</param>
    /// <param name="input">The child's standard input; /dev/null if null.</param>
    /// <param name="output">The child's standard output.</param>
    /// <param name="error">The child's standard error.</param>
    /// <param name="pid">The child.</param>
    /// <returns>0, or the error number that says why it could not be started.</returns>
    public static int Start(
        IReadOnlyList<string> words, IReadOnlyList<string> environment,
        SafeFileHandle? input, SafeFileHandle output, SafeFileHandle error, out int pid)
    {
        var actions = stackalloc byte[Libc.SpawnStructSize];
        var attributes = stackalloc byte[Libc.SpawnStructSize];
        var signals = stackalloc byte[Libc.SignalSetSize];
        using var arguments = new WordArray(words);
        using var variables = new WordArray(environment);
        Require(Libc.InitFileActions(actions));
        Require(Libc.InitAttributes(attributes));
        try
        {
            if (input is null)
            {
                fixed (byte* nothing = "/dev/null\0"u8)
                    Require(Libc.AddOpen(actions, 0, nothing, 0, 0));
            }
            else
            {
                Require(Libc.AddDuplicate(actions, (int)input.DangerousGetHandle(), 0));
            }

            Require(Libc.AddDuplicate(actions, (int)output.DangerousGetHandle(), 1));
            Require(Libc.AddDuplicate(actions, (int)error.DangerousGetHandle(), 2));
            Require(Libc.EmptySignals(signals));
            Require(Libc.SetSignalMask(attributes, signals));
            Require(Libc.FillSignals(signals));
            Require(Libc.SetSignalDefault(attributes, signals));
            Require(Libc.SetFlags(attributes, Libc.SpawnSetSession | Libc.SpawnSetSignalMask | Libc.SpawnSetSignalDefault));
            return Libc.Spawn(out pid, arguments.First, actions, attributes, arguments.Words, variables.Words);
        }
        finally
        {
            _ = Libc.DestroyAttributes(attributes);
            _ = Libc.DestroyFileActions(actions);
        }
    }

    // These only fill structures; they fail when memory has run out.
    private static void Require(int result)
    {
        if (result != 0)
            throw new Win32Exception(Libc.ErrorNoMemory);
    }

    /// <summary>Words as C sees them: an array of pointers with a null at its end.</summary>
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
