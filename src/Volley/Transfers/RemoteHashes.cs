using System.Buffers;
using System.Security.Cryptography;
using Volley.Interop.Text;
using Volley.Ssh;

namespace Volley.Transfers;

/// <summary>
/// SHA-256 of files at a target: by the sha256sum of the target, or what that does not hash, by reading the files through SFTP.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="client">The SFTP client.</param>
internal sealed class RemoteHashes(ISession session, SftpClient client)
{
    // What one process is asked for, which bounds the memory for its output.
    private const int MaxFiles = 10_000;
    private const int MaxNamesLength = 4 << 20;
    private const int ReadsAtOnce = 16;
    private const int HashDigits = 64;
    private const int BufferLength = 256 << 10;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private bool _hasProgram = true;

    /// <summary>Returns the hashes of files, in order. A file that can't be read has none.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    public async Task<byte[]?[]> HashAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var hashes = new byte[]?[paths.Count];
        for (var first = 0; first < paths.Count;)
        {
            var last = first;
            for (var length = 0; last < paths.Count && last - first < MaxFiles && (last == first || length + paths[last].Length < MaxNamesLength); last++)
                length += paths[last].Length + 1;
            var part = paths.Skip(first).Take(last - first).ToArray();
            var found = await RunProgramAsync(part, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < part.Length; i++)
                hashes[first + i] = found.GetValueOrDefault(part[i]);
            // What the program has not hashed, such as names with line feeds, is read.
            var options = new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(Enumerable.Range(first, part.Length).Where(i => hashes[i] is null), options, async (i, token) =>
                hashes[i] = await ReadAsync(paths[i], long.MaxValue, token).ConfigureAwait(false)).ConfigureAwait(false);
            first = last;
        }

        return hashes;
    }

    /// <summary>Returns the hash of the first bytes of a file; null if they can't be read.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    public async Task<byte[]?> HashStartAsync(string path, long length, CancellationToken cancellationToken)
    {
        if (_hasProgram)
        {
            var command = CommandJob.Program("sh", "-c", "head -c \"$1\" <\"$2\" | sha256sum", "sh", $"{length}", path);
            if (await TryRunAsync(command, null, cancellationToken).ConfigureAwait(false) is var (status, output)
                && status.ExitCode == 0 && Parse(output) is { } hash)
                return hash;
        }

        return await ReadAsync(path, length, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the hashes that the program of the target prints, by path. One process gets all names, through its standard input.</summary>
    private async Task<Dictionary<string, byte[]>> RunProgramAsync(string[] paths, CancellationToken cancellationToken)
    {
        var hashes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        // The program prints such names differently, or in several lines.
        var usual = paths.Where(path => !path.AsSpan().ContainsAny('\n', '\r', '\\')).ToArray();
        if (!_hasProgram || usual.Length == 0)
            return hashes;
        var names = SystemText.Encode(string.Concat(usual.Select(path => $"{path}\0")));
        var command = CommandJob.Program("xargs", "-0", "sha256sum", "--") with { Input = StandardInput.FromStream(Stream.Null) };
        // A file that can't be read changes the exit code and not the other lines.
        if (await TryRunAsync(command, [names], cancellationToken).ConfigureAwait(false) is not var (_, output))
            return hashes;
        foreach (var line in output.Split('\n'))
        {
            if (Parse(line) is { } hash && line.Length > HashDigits + 2)
                hashes[line[(HashDigits + 2)..]] = hash;
        }

        return hashes;
    }

    /// <summary>Runs a program. Returns null if it can't be run.</summary>
    private async Task<(ExitStatus Status, string Output)?> TryRunAsync(
        CommandJob command, IEnumerable<ReadOnlyMemory<byte>>? input, CancellationToken cancellationToken)
    {
        try
        {
            var (status, output, _) = await RemoteCommand.RunAsync(session, command, input, cancellationToken).ConfigureAwait(false);
            // The exit codes of a shell, and of xargs, for a missing program: POSIX 2.9.1.
            if (status.ExitCode is not (126 or 127))
                return (status, output);
            _hasProgram = false;
        }
        catch (TransportException)
        {
            // The account has SFTP only.
            _hasProgram = false;
        }
        catch (IOException)
        {
            // It does not read its input, or prints too much: another program of this name.
            _hasProgram = false;
        }

        return null;
    }

    /// <summary>Returns the hash of the first bytes of a file by reading them; null if they can't be read.</summary>
    /// <exception cref="SftpException">The connection is lost.</exception>
    public async Task<byte[]?> ReadAsync(string path, long length, CancellationToken cancellationToken)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var file = await client.OpenAsync(path, FileMode.Open, FileAccess.Read, cancellationToken: cancellationToken).ConfigureAwait(false);
            await using var closing = file.ConfigureAwait(false);
            var reader = file.OpenReader();
            await using var ending = reader.ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
            try
            {
                while (length > 0 && await reader.ReadAsync(
                    buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)), cancellationToken).ConfigureAwait(false) is > 0 and var count)
                {
                    hash.AppendData(buffer, 0, count);
                    length -= count;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            return hash.GetHashAndReset();
        }
        catch (SftpException failure) when (!failure.IsConnectionLost)
        {
            return null;
        }
    }

    private static byte[]? Parse(string line) =>
        line.Length > HashDigits && line[HashDigits] == ' ' && line.AsSpan(0, HashDigits).IndexOfAnyExcept(Digits) < 0
            ? Convert.FromHexString(line.AsSpan(0, HashDigits))
            : null;
}
