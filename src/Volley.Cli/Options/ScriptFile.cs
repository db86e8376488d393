using Volley.Interop;
using Volley.Interop.Text;

namespace Volley.Cli.Options;

/// <summary>The file of <c>--script</c>.</summary>
/// <param name="Input">The content.</param>
/// <param name="Interpreter">The text after <c>#!</c> in the first line, or the program given instead; null for neither.</param>
/// <param name="Note">A note for the user; null for none.</param>
internal sealed record ScriptFile(StandardInput Input, string? Interpreter, string? Note)
{
    /// <summary>The number of bytes to search for the first line: more than any line that names an interpreter has.</summary>
    private const int MaxFirstLineLength = 4096;

    /// <summary>Opens a script.</summary>
    /// <param name="path">The path of the script.</param>
    /// <param name="interpreter">The program for a script without a <c>#!</c> line.</param>
    /// <param name="isRequested">Whether the command line states the program, so that a <c>#!</c> line contradicts it.</param>
    /// <exception cref="UsageException">The file can't be read, or it has a <c>#!</c> line and an interpreter is requested.</exception>
    public static ScriptFile Open(string path, string? interpreter, bool isRequested)
    {
        try
        {
            return Read(path, interpreter, isRequested);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--script {path}: {SystemMessage.Of(failure, path)}");
        }
    }

    private static ScriptFile Read(string path, string? interpreter, bool isRequested)
    {
        var file = SystemFile.OpenStream(path);
        var head = ReadHead(file);
        // What was read before is missing here.
        if (head.Length == 0 && !file.CanSeek)
            throw new UsageException($"--script {path}: no script came through the pipe; give it again");
        var end = Array.IndexOf(head, (byte)'\n');
        // For the kernel, too, a NUL ends the line.
        var line = SystemText.Decode(head.AsSpan(0, end < 0 ? head.Length : end)).Split('\0')[0];
        var named = line.StartsWith("#!", StringComparison.Ordinal) && line[2..].Trim() is { Length: > 0 } text ? text : null;
        if (named is not null && isRequested)
            throw new UsageException($"--interpreter is for a script without a #! line, and {path} begins with #!{named}; leave the option out");
        var note = line is [.., '\r']
            ? $"volley: {path}: lines end with CR LF, as on Windows; a script can fail because of it; to convert it: sed -i 's/\\r$//' {path}"
            : null;
        return new(Input(), named ?? interpreter, note);

        StandardInput Input()
        {
            // A pipe can be read only once.
            if (!file.CanSeek)
                return StandardInput.FromStream(new JoinedStream(head, file));
            file.Dispose();
            return StandardInput.FromFile(path);
        }
    }

    private static byte[] ReadHead(FileStream file)
    {
        var head = new byte[MaxFirstLineLength];
        var length = 0;
        while (length < head.Length && head.AsSpan(0, length).IndexOf((byte)'\n') < 0 && file.Read(head, length, head.Length - length) is > 0 and var count)
            length += count;
        return head[..length];
    }

    /// <summary>A stream whose beginning was already read.</summary>
    private sealed class JoinedStream(byte[] head, Stream rest) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_position == head.Length)
                return rest.Read(buffer, offset, count);
            count = Math.Min(count, head.Length - _position);
            head.AsSpan(_position, count).CopyTo(buffer.AsSpan(offset));
            _position += count;
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_position == head.Length)
                return await rest.ReadAsync(buffer, cancellationToken);
            var count = Math.Min(buffer.Length, head.Length - _position);
            head.AsMemory(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                rest.Dispose();
            base.Dispose(disposing);
        }
    }
}
