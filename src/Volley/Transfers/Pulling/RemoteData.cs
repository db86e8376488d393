using System.Globalization;
using System.Text;

namespace Volley.Transfers.Pulling;

/// <summary>
/// Finds where large files at a target have data. SFTP does not tell it, so a file with holes would be read with all its zeros: GNU tar of the
/// target lists the data in front of the content.
/// </summary>
/// <param name="session">The session.</param>
internal sealed class RemoteData(ISession session)
{
    /// <summary>Smaller files are read in about the time that the program takes.</summary>
    private const long MinLength = 256L << 20;

    /// <summary>A hole below this length is read: requests that are under way already would be lost with it.</summary>
    private const long MinHole = 4 << 20;

    // The list of a file with very many holes is not complete, and the file is then read as a whole. Where the file system does not tell the holes,
    // tar reads the file to find them, which would take as long as the copy.
    private const string Script = "timeout 30 tar -H pax -cShf - -- \"$1\" 2>/dev/null | head -c 262144";

    private const int RecordLength = 512;
    private const int LengthOffset = 124;
    private const int LengthDigits = 11;
    private const int KindOffset = 156;

    private bool _hasProgram = true;

    /// <summary>Returns the ranges of a file with data, in order; null if they are not known.</summary>
    /// <exception cref="TransportException">The connection is lost.</exception>
    public async Task<List<(long Start, long End)>?> FindAsync(string path, long length, CancellationToken cancellationToken)
    {
        if (length < MinLength || !_hasProgram)
            return null;
        try
        {
            // A relative path begins where the SFTP server has started, and a shell starts there, too.
            var command = CommandJob.Program("sh", "-c", Script, "sh", path);
            var (_, output, _) = await RemoteCommand.ReadAsync(session, command, null, cancellationToken).ConfigureAwait(false);
            _hasProgram = output.Length > 0;
            return Parse(output, length);
        }
        catch (TransportException refused) when (refused.Outcome is not NodeOutcome.ConnectionLost)
        {
            // The account has SFTP only.
            _hasProgram = false;
            return null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Reads the beginning of an archive with one file.</summary>
    /// <exception cref="FormatException">It is not complete, or not what GNU tar writes.</exception>
    private static List<(long Start, long End)>? Parse(byte[] archive, long length)
    {
        if (archive.Length < 2 * RecordLength)
            return null;
        // A file without holes can stand there without an extended header.
        if (archive[KindOffset] != 'x')
            return [(0, length)];
        var extended = Convert.ToInt64(GetText(archive, LengthOffset, LengthDigits), 8);
        var header = RecordLength + Align(extended);
        if (extended > archive.Length || header + RecordLength > archive.Length)
            return null;
        var properties = GetText(archive, RecordLength, (int)extended);
        if (!properties.Contains(" GNU.sparse.major=1\n", StringComparison.Ordinal))
            return [(0, length)];
        if (!properties.Contains(string.Create(CultureInfo.InvariantCulture, $" GNU.sparse.realsize={length}\n"), StringComparison.Ordinal))
            return null;
        var map = (int)header + RecordLength;
        var numbers = new NumberReader(archive.AsMemory(map));
        return Merge(numbers, numbers.Read(), length);
    }

    /// <summary>Reads the pairs of offset and length.</summary>
    private static List<(long Start, long End)> Merge(NumberReader numbers, long count, long length)
    {
        var ranges = new List<(long Start, long End)>();
        for (var i = 0L; i < count; i++)
        {
            var (start, size) = (numbers.Read(), numbers.Read());
            if (start > length || size > length - start || (ranges is [.., var previous] && start < previous.End))
                throw new FormatException();
            if (size == 0)
                continue;
            if (ranges is [.., var last] && start - last.End < MinHole)
                ranges[^1] = (last.Start, start + size);
            else
                ranges.Add((start, start + size));
        }

        // A range without data stands for a file that has none.
        return ranges.Count > 0 ? ranges : [(0, 0)];
    }

    private static long Align(long length) => (length + RecordLength - 1) / RecordLength * RecordLength;

    private static string GetText(byte[] archive, int offset, int count) => Encoding.Latin1.GetString(archive, offset, count);

    /// <summary>Reads decimal numbers, each on a line.</summary>
    private sealed class NumberReader(ReadOnlyMemory<byte> text)
    {
        private ReadOnlyMemory<byte> _text = text;

        public long Read()
        {
            var end = _text.Span.IndexOf((byte)'\n');
            if (end < 0)
                throw new FormatException();
            var number = long.Parse(_text.Span[..end], NumberStyles.None, CultureInfo.InvariantCulture);
            _text = _text[(end + 1)..];
            return number;
        }
    }
}
