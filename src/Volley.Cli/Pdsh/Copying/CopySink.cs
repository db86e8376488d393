using System.Globalization;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Copying;

/// <summary>The receiving end of a copy at a host. Nothing is written outside of the destination, and a file is replaced when its content is complete.</summary>
/// <param name="arguments">The command line.</param>
/// <param name="peer">The other end.</param>
internal sealed class CopySink(PdshArguments arguments, CopyPeer peer)
{
    private const int BufferLength = 128 << 10;
    private const int MaxDepth = 256;

    /// <summary>Receives files until the other end has no more.</summary>
    /// <exception cref="CopyProtocolException">The other end does not follow the protocol.</exception>
    public void Receive(string destination)
    {
        var isDirectory = FileStatus.Of(destination) is { IsDirectory: true };
        if (arguments.MustBeDirectory && !isDirectory)
        {
            peer.Fail($"{destination} not a directory");
            return;
        }

        var parent = isDirectory ? destination
            : Path.GetDirectoryName(destination) is { Length: > 0 } directory ? directory
            : destination.StartsWith('/') ? "/" : ".";
        Receive(() => OpenDirectory.Open(parent), isDirectory ? destination : null, isDirectory ? null : Path.GetFileName(destination), destination, depth: 0);
    }

    /// <summary>Receives the content of a directory.</summary>
    /// <param name="open">Opens it.</param>
    /// <param name="path">Its path for messages; null if the only file gets another name.</param>
    /// <param name="name">The name of the only file; null if files keep their names.</param>
    /// <param name="destination">The path of the only file.</param>
    /// <param name="depth">The number of directories above.</param>
    private void Receive(Func<OpenDirectory> open, string? path, string? name, string destination, int depth)
    {
        peer.Accept();
        DateTimeOffset? modified = null;
        while (peer.ReadKind() is { } kind)
        {
            switch ((char)kind)
            {
                case (char)CopyPeer.Failure or (char)CopyPeer.Abort:
                    peer.PrintFailure();
                    break;
                case 'E':
                    peer.ReadLine();
                    peer.Accept();
                    return;
                case 'T':
                    modified = ReadTime();
                    peer.Accept();
                    break;
                case 'C' or 'D':
                    var entry = ReadEntry(modified);
                    modified = null;
                    var place = path is null ? destination : $"{path.TrimEnd('/')}/{entry.Name}";
                    try
                    {
                        using var directory = open();
                        if (kind == 'C')
                            ReceiveFile(directory, entry with { Name = name ?? entry.Name }, place);
                        else
                            ReceiveDirectory(directory, entry with { Name = name ?? entry.Name }, place, depth);
                    }
                    catch (Exception failure) when (SystemMessage.IsFileFailure(failure))
                    {
                        peer.Fail($"{place}: {SystemMessage.Of(failure)}");
                    }

                    break;
                default:
                    throw new CopyProtocolException("protocol screwup: expected control record");
            }
        }
    }

    private void ReceiveDirectory(OpenDirectory parent, Entry entry, string path, int depth)
    {
        if (!arguments.IsRecursive || depth == MaxDepth)
            throw new CopyProtocolException($"{path}: unexpected directory");
        var isNew = parent.GetStatus(entry.Name) is not { IsDirectory: true };
        using var directory = parent.MakeChild(entry.Name, UnixFileMode.None);
        Receive(() => parent.OpenChild(entry.Name), path, null, path, depth + 1);
        if (arguments.Preserves && entry.Modified is { } modified)
            directory.SetTimes(modified, modified);
        if (arguments.Preserves)
            directory.SetMode(entry.Mode);
        else if (isNew)
            directory.SetMode(entry.Mode & ~CreationMask.Current);
    }

    private void ReceiveFile(OpenDirectory directory, Entry entry, string path)
    {
        var old = directory.GetStatus(entry.Name);
        if (old is { IsDirectory: true })
            throw new IOException("Is a directory");
        var temporary = $".{entry.Name[..Math.Min(entry.Name.Length, 40)]}.volley-{Sodium.RandomDigits(12)}";
        using var file = directory.CreatePrivate(temporary);
        try
        {
            peer.Accept();
            Exception? failure = null;
            var buffer = new byte[BufferLength];
            for (var offset = 0L; offset < entry.Length;)
            {
                var count = peer.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Length - offset)));
                try
                {
                    if (failure is null)
                        RandomAccess.Write(file, buffer.AsSpan(0, count), offset);
                }
                catch (IOException full)
                {
                    // The rest of the content is still read, as the other end sends it.
                    failure = full;
                }

                offset += count;
            }

            if (!peer.ReadAnswer())
                failure = new IOException("the other end could not read it");
            if (failure is not null)
                throw failure;
            File.SetUnixFileMode(
                file, arguments.Preserves ? entry.Mode : old is { IsRegular: true } kept ? kept.Permissions : entry.Mode & ~CreationMask.Current);
            if (arguments.Preserves && entry.Modified is { } modified)
                directory.SetTimes(temporary, modified, modified);
            directory.Rename(temporary, entry.Name);
        }
        catch
        {
            directory.Delete(temporary);
            throw;
        }

        peer.Accept();
    }

    private DateTimeOffset ReadTime()
    {
        // "SECONDS MICROSECONDS SECONDS MICROSECONDS" of the last write and the last access.
        var fields = SystemText.Decode(peer.ReadLine()).Split(' ');
        const long MaxTime = 253_402_300_799;
        return fields.Length == 4 && long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxTime
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new CopyProtocolException("protocol screwup: mtime.sec not delimited");
    }

    /// <summary>Reads "MODE LENGTH NAME".</summary>
    private Entry ReadEntry(DateTimeOffset? modified)
    {
        var fields = SystemText.Decode(peer.ReadLine()).Split(' ', 3);
        if (fields.Length < 3 || fields[0].Length != 4 || !fields[0].All(digit => digit is >= '0' and <= '7'))
            throw new CopyProtocolException("protocol screwup: bad mode");
        if (!long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            throw new CopyProtocolException("protocol screwup: size not delimited");
        if (!OpenDirectory.IsName(fields[2]))
            throw new CopyProtocolException($"{fields[2]}: invalid file name");
        return new((UnixFileMode)Convert.ToInt32(fields[0], 8), length, fields[2], modified);
    }

    private readonly record struct Entry(UnixFileMode Mode, long Length, string Name, DateTimeOffset? Modified);
}
