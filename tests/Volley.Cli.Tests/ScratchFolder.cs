using Volley.Testing;

namespace Volley.Cli.Tests;

/// <summary>A temporary directory that is removed after the test.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public ScratchFolder()
    {
        // The fleet's user comes here too.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, (UnixFileMode)0b111_111_111);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("volley-cli-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Writes a program for the shell.</summary>
    public string WriteProgram(string name, string lines)
    {
        Write(name, $"#!/bin/sh\n{lines}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(this[name], (UnixFileMode)0b111_101_101);
        return this[name];
    }

    /// <summary>A named pipe that all users can open. Opening it for reading waits for a writer, and vice versa.</summary>
    public string MakePipe(string name)
    {
        StopCalls.MakePipe(this[name]);
        return this[name];
    }

    /// <summary>Waits for a line from a named pipe.</summary>
    public static Task<string> ReadPipeAsync(string path) =>
        Task.Factory.StartNew(() => File.ReadAllText(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(Transcript.DefaultLimit);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
