using System.Buffers;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Volley.Interop;
using Volley.Interop.Files;

namespace Volley.Rollout.Journal;

/// <summary>The file of a run's events: lines of JSON, compressed after the end of the run. Its writer holds a lock on it.</summary>
internal static class EventsFile
{
    public const string Name = "events.json";
    public const string CompressedName = "events.json.gz";

    /// <summary>The name if a write failed. A new name needs no room on a full disk.</summary>
    public const string IncompleteName = "events.incomplete.json";

    /// <summary>Whether the program that writes the events of a run still runs.</summary>
    public static bool IsBeingWritten(string directory)
    {
        using var file = TryOpen(Path.Combine(directory, Name)) ?? TryOpen(Path.Combine(directory, IncompleteName));
        return file is not null && LockedFile.IsLocked(file);
    }

    /// <summary>Opens the events of a run for reading; null if there are none.</summary>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static Opened? Open(string directory)
    {
        // In the order in which a writer renames and replaces the file.
        foreach (var name in (string[])[Name, IncompleteName, CompressedName])
        {
            var path = Path.Combine(directory, name);
            if (TryOpen(path) is not { } file)
                continue;
            var stream = new FileStream(file, FileAccess.Read);
            return new Opened(name == CompressedName ? new GZipStream(stream, CompressionMode.Decompress) : stream, path);
        }

        return null;
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
            using (var plain = Open(directory)?.Content ?? throw Errno.Failure(Errno.NoEntry))
            using (var file = new FileStream(temporary, PrivateFile.Options(FileMode.CreateNew)))
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

    /// <summary>Renames the file, to say that a write failed.</summary>
    public static void MarkIncomplete(string directory) =>
        File.Move(Path.Combine(directory, Name), Path.Combine(directory, IncompleteName), overwrite: true);

    /// <summary>Returns the first bytes of the events that are being written, without the lines of output.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static byte[] ReadWithoutOutput(string directory, long length)
    {
        var kept = new ArrayBufferWriter<byte>();
        using var content = Open(directory)?.Content ?? throw Errno.Failure(Errno.NoEntry);
        var lines = new LineSource(content);
        while (length > 0 && lines.Next() is { } line)
        {
            length -= line.Length + 1;
            if (length >= 0)
                KeepUnlessOutput(line.Span, kept);
        }

        return kept.WrittenSpan.ToArray();
    }

    /// <summary>Copies whole lines, without those of output.</summary>
    public static void KeepWithoutOutput(ReadOnlySpan<byte> lines, IBufferWriter<byte> kept)
    {
        while (lines.IndexOf((byte)'\n') is >= 0 and var end)
        {
            KeepUnlessOutput(lines[..end], kept);
            lines = lines[(end + 1)..];
        }
    }

    private static void KeepUnlessOutput(ReadOnlySpan<byte> line, IBufferWriter<byte> kept)
    {
        if (line.StartsWith("{\"event\":\"output\""u8) || line.StartsWith("{\"event\":\"omitted\""u8))
            return;
        kept.Write(line);
        kept.Write("\n"u8);
    }

    // The base library would lock the file, too. A pipe in its place must not block.
    private static SafeFileHandle? TryOpen(string path)
    {
        var file = FileCalls.TryOpen(FileCalls.CurrentDirectory, path, FileCalls.ReadOnly | FileCalls.NonBlocking, out var error);
        if (file is null)
            return error == Errno.NoEntry ? null : throw Errno.Failure(error);
        if (FileStatus.Of(file) is not { IsRegular: false } other)
            return file;
        file.Dispose();
        throw new UnsuitableFileException($"{Path.GetFileName(path)} is {other.TypeName}; a regular file was expected");
    }

    /// <summary>The events of a run, open for reading.</summary>
    /// <param name="Content">The lines.</param>
    /// <param name="Path">The path of the file.</param>
    internal sealed record Opened(Stream Content, string Path)
    {
        /// <summary>Whether the file was compressed, which is done after the end of the run.</summary>
        public bool IsCompressed => Path.EndsWith(CompressedName, StringComparison.Ordinal);

        /// <summary>Whether a write failed.</summary>
        public bool IsIncomplete => Path.EndsWith(IncompleteName, StringComparison.Ordinal);
    }
}
