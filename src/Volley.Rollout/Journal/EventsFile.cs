using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;

namespace Volley.Rollout.Journal;

/// <summary>The file of a run's events: lines of JSON, compressed after the end of the run. Its writer holds a lock on it.</summary>
internal static class EventsFile
{
    public const string Name = "events.json";
    public const string CompressedName = "events.json.gz";

    /// <summary>Whether the program that writes the events of a run still runs.</summary>
    public static bool IsBeingWritten(string directory)
    {
        using var file = TryOpen(Path.Combine(directory, Name));
        return file is not null && LockedFile.IsLocked(file);
    }

    /// <summary>Opens the events of a run for reading; null if there are none.</summary>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static Stream? Open(string directory)
    {
        if (TryOpen(Path.Combine(directory, Name)) is { } plain)
            return new FileStream(plain, FileAccess.Read);
        return TryOpen(Path.Combine(directory, CompressedName)) is { } compressed
            ? new GZipStream(new FileStream(compressed, FileAccess.Read), CompressionMode.Decompress)
            : null;
    }

    /// <summary>Replaces the events of an ended run by their compressed form.</summary>
    /// <exception cref="IOException">There is no room; the plain form stays.</exception>
    public static void Compress(string directory)
    {
        var path = Path.Combine(directory, CompressedName);
        var temporary = $"{path}.new";
        File.Delete(temporary);
        try
        {
            using (var plain = Open(directory)!)
            using (var file = new FileStream(temporary, RunJournal.Options(FileMode.CreateNew)))
            using (var compressed = new GZipStream(file, CompressionLevel.Fastest))
                plain.CopyTo(compressed);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
        {
            File.Delete(temporary);
            throw;
        }

        File.Delete(Path.Combine(directory, Name));
    }

    /// <summary>Creates the file for a run, and locks it until it is closed.</summary>
    /// <exception cref="IOException">The file can't be created.</exception>
    public static SafeFileHandle Create(string directory)
    {
        const int OwnerOnly = 0x180; // 0600
        const int Flags = FileCalls.WriteOnly | FileCalls.Create | FileCalls.Exclusive;
        var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, Path.Combine(directory, Name), Flags, out var error, OwnerOnly) ?? throw Errno.Failure(error);
        LockedFile.TryLock(file);
        return file;
    }

    // The base library would lock the file, too.
    private static SafeFileHandle? TryOpen(string path) =>
        FileCalls.TryOpen(FileCalls.CurrentDirectory, path, FileCalls.ReadOnly, out var error) switch
        {
            { } file => file,
            null when error == Errno.NoEntry => null,
            _ => throw Errno.Failure(error),
        };
}
