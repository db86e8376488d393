using System.Buffers;
using System.Security.Cryptography;
using Volley.Ssh;

namespace Volley.Transfers;

/// <summary>
/// SHA-256 of files at a target: by the sha256sum of the target, or if it has no such program, by reading the files through SFTP.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="client">The SFTP client.</param>
internal sealed class RemoteHashes(ISession session, SftpClient client)
{
    private const int MaxArguments = 100_000;
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
            for (var length = 0; last < paths.Count && (last == first || length + paths[last].Length < MaxArguments / 3); last++)
                length += paths[last].Length + 1;
            var part = paths.Skip(first).Take(last - first).ToArray();
            var found = await RunProgramAsync(part, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < part.Length; i++)
                hashes[first + i] = found?[i] ?? await ReadAsync(part[i], long.MaxValue, cancellationToken).ConfigureAwait(false);
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
            if (await TryRunAsync(command, cancellationToken).ConfigureAwait(false) is { } output && Parse(output) is { } hash)
                return hash;
        }

        return await ReadAsync(path, length, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the hashes that the program of the target prints; null if it does not hash all of the files.</summary>
    private async Task<byte[]?[]?> RunProgramAsync(string[] paths, CancellationToken cancellationToken)
    {
        // The program prints such names differently, or in several lines.
        if (!_hasProgram || paths.Any(path => path.AsSpan().ContainsAny('\n', '\r', '\\')))
            return null;
        var command = CommandJob.Program("sha256sum", ["--", .. paths]);
        if (await TryRunAsync(command, cancellationToken).ConfigureAwait(false) is not { } output)
            return null;
        var lines = output.TrimEnd('\n').Split('\n');
        if (lines.Length != paths.Length || !lines.Zip(paths).All(pair => pair.First.EndsWith(pair.Second, StringComparison.Ordinal)))
            return null;
        return [.. lines.Select(Parse)];
    }

    private async Task<string?> TryRunAsync(CommandJob command, CancellationToken cancellationToken)
    {
        try
        {
            var (status, output, _) = await RemoteCommand.RunAsync(session, command, null, cancellationToken).ConfigureAwait(false);
            if (status.ExitCode == 0)
                return output;
            // The exit codes of a shell for a missing program: POSIX 2.9.1.
            _hasProgram = status.ExitCode is not (126 or 127);
        }
        catch (TransportException)
        {
            // The account has SFTP only.
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
            var buffer = new byte[BufferLength];
            while (length > 0 && await reader.ReadAsync(buffer.AsMemory(0, (int)Math.Min(length, buffer.Length)), cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                hash.AppendData(buffer, 0, count);
                length -= count;
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
