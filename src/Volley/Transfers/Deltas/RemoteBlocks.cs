using System.Globalization;

namespace Volley.Transfers.Deltas;

/// <summary>
/// Checksums of files at a target by its Python 3. POSIX has no program that prints one for each block, and a process for each block takes longer than
/// the copy that it saves.
/// </summary>
/// <param name="session">The session.</param>
internal sealed class RemoteBlocks(ISession session)
{
    private const string Signature =
        """import hashlib, sys, zlib; length = int(sys.argv[2]); file = open(sys.argv[1], "rb"); """
        + """[print("%08x%s" % (zlib.adler32(block), hashlib.sha256(block).hexdigest()[:32])) """
        + """for block in iter(lambda: file.read(length), b"") if len(block) == length]""";

    private const string Hash =
        """import hashlib, sys; sum = hashlib.sha256(); file = open(sys.argv[1], "rb"); """
        + """[sum.update(block) for block in iter(lambda: file.read(1 << 20), b"")]; print(sum.hexdigest())""";

    private volatile bool _isMissing;

    /// <summary>Whether the target is known to have no Python.</summary>
    public bool IsMissing => _isMissing;

    /// <summary>Returns the checksums of the whole blocks of a file; null if they are not available.</summary>
    public async Task<BlockSignature?> ReadAsync(string path, int blockLength, CancellationToken cancellationToken) =>
        await RunAsync(Signature, path, blockLength.ToString(CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false) is { } output
            ? BlockSignature.Parse(output, blockLength)
            : null;

    /// <summary>Returns whether a file has a SHA-256; false also if that can't be found out.</summary>
    public async Task<bool> HasHashAsync(string path, byte[] hash, CancellationToken cancellationToken) =>
        await RunAsync(Hash, path, "", cancellationToken).ConfigureAwait(false) is { } output
        && output == $"{Convert.ToHexStringLower(hash)}\n";

    private async Task<string?> RunAsync(string script, string path, string argument, CancellationToken cancellationToken)
    {
        if (_isMissing)
            return null;
        try
        {
            var command = CommandJob.Program("python3", "-I", "-S", "-c", script, path, argument);
            var (status, output, _) = await RemoteCommand.RunAsync(session, command, null, cancellationToken).ConfigureAwait(false);
            // The exit codes of a shell for a missing program: POSIX 2.9.1.
            _isMissing = status.ExitCode is 126 or 127;
            return status.ExitCode == 0 ? output : null;
        }
        catch (TransportException)
        {
            // The account has SFTP only.
            _isMissing = true;
        }
        catch (IOException)
        {
            // Too much output: the login shell prints something of its own.
        }

        return null;
    }
}
