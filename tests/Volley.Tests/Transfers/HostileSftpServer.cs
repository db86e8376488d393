using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Volley.Tests.Transfers;

/// <summary>An SFTP server of a few files that exist only in its answers, however impossible they are.</summary>
internal sealed class HostileSftpServer : IRemoteProcess
{
    private const uint RegularFile = 0x8000 | 0x1a4; // 0644
    private const uint Directory = 0x4000 | 0x1ed;
    private const uint Link = 0xa000 | 0x1ff;

    private readonly Pipe _requests = new();
    private readonly Pipe _answers = new();
    private readonly HashSet<string> _listed = [];
    private readonly List<string> _handles = [];
    private readonly Dictionary<string, byte[]> _listings = [];

    public HostileSftpServer() => _ = ServeAsync();

    /// <summary>Returns the entries of a directory. They are listed once, unless <see cref="RepeatsListings"/>.</summary>
    public Func<string, IEnumerable<(string Name, Kind Kind)>> List { get; init; } = _ => [];

    /// <summary>Returns the content of a file; null for none.</summary>
    public Func<string, byte[]?> Read { get; init; } = path => Encoding.UTF8.GetBytes($"content of {path}");

    /// <summary>Returns the target of a link.</summary>
    public Func<string, string> ReadLink { get; init; } = _ => "/etc";

    /// <summary>The length that the attributes of a file state; null for that of the content.</summary>
    public Func<string, long?> Length { get; init; } = _ => null;

    /// <summary>Returns the modification time, which may differ with each call.</summary>
    public Func<string, uint> Time { get; init; } = _ => 1_600_000_000;

    /// <summary>A kind of request whose answer is of another kind; null for none.</summary>
    public byte? ConfusedRequest { get; init; }

    /// <summary>Whether listings have no end.</summary>
    public bool RepeatsListings { get; init; }

    /// <summary>Whether a path is a directory.</summary>
    public Func<string, bool> IsDirectory { get; init; } = path => !Path.GetFileName(path).Contains('.');

    public enum Kind
    {
        File,
        Directory,
        Link,
        Device,
    }

    public async ValueTask<OutputRead> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        new(StreamKind.Stdout, await _answers.Reader.AsStream().ReadAsync(buffer, cancellationToken));

    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _requests.Writer.WriteAsync(data, cancellationToken);
        return true;
    }

    public void CloseInput() => _requests.Writer.Complete();

    public ValueTask SendSignalAsync(string signal, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<ExitStatus> WaitForExitAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new ExitStatus(0, null));

    public ValueTask DisposeAsync()
    {
        _requests.Writer.Complete();
        _answers.Writer.Complete();
        return ValueTask.CompletedTask;
    }

    private async Task ServeAsync()
    {
        var requests = _requests.Reader.AsStream();
        try
        {
            while (true)
            {
                var length = new byte[4];
                await requests.ReadExactlyAsync(length);
                var request = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
                await requests.ReadExactlyAsync(request);
                var answer = request[0] == 1 ? [2, 0, 0, 0, 3] : Answer(request[0], request[1..5], request[5..]);
                await _answers.Writer.WriteAsync((byte[])[.. Number((uint)answer.Length), .. answer]);
            }
        }
        catch (Exception end) when (end is EndOfStreamException or InvalidOperationException)
        {
            // The client has left.
        }
    }

    private byte[] Answer(byte kind, byte[] id, byte[] fields)
    {
        var path = Encoding.UTF8.GetString(fields, 4, BinaryPrimitives.ReadInt32BigEndian(fields));
        var rest = fields[(4 + Encoding.UTF8.GetByteCount(path))..];
        if (kind is 4 or 5 or 8 or 12)
            path = _handles[int.Parse(path, CultureInfo.InvariantCulture)];
        else if (kind is 3 or 11)
            _handles.Add(path);
        if (kind == ConfusedRequest)
            return [102, .. id, .. Text("x")];
        return kind switch
        {
            3 or 11 => [102, .. id, .. Text($"{_handles.Count - 1}")],
            4 => Status(id, 0),
            5 => AnswerRead(id, path, rest),
            7 or 8 or 17 => [105, .. id, .. Attributes(IsDirectory(path) ? Kind.Directory : Kind.File, path)],
            12 => AnswerList(id, path),
            16 => [104, .. id, 0, 0, 0, 1, .. Text(path), .. Text(""), 0, 0, 0, 0],
            19 => [104, .. id, 0, 0, 0, 1, .. Text(ReadLink(path)), .. Text(""), 0, 0, 0, 0],
            _ => Status(id, 8),
        };
    }

    private byte[] AnswerRead(byte[] id, string path, byte[] fields)
    {
        var offset = BinaryPrimitives.ReadInt64BigEndian(fields);
        var content = Read(path) ?? [];
        if (offset >= content.Length)
            return Status(id, 1);
        var part = content.AsSpan((int)offset);
        return [103, .. id, .. Bytes(part[..Math.Min(part.Length, BinaryPrimitives.ReadInt32BigEndian(fields.AsSpan(8)))])];
    }

    private byte[] AnswerList(byte[] id, string path)
    {
        if (!_listed.Add(path) && !RepeatsListings)
            return Status(id, 1);
        if (!_listings.TryGetValue(path, out var listing))
        {
            var entries = List(path).ToList();
            var separator = path.EndsWith('/') ? "" : "/";
            _listings[path] = listing =
            [
                .. Number((uint)entries.Count),
                .. entries.SelectMany(entry => (byte[])[.. Text(entry.Name), .. Text(""), .. Attributes(entry.Kind, $"{path}{separator}{entry.Name}")]),
            ];
        }

        return [104, .. id, .. listing];
    }

    private byte[] Attributes(Kind kind, string path)
    {
        var mode = kind switch { Kind.File => RegularFile, Kind.Directory => Directory, Kind.Link => Link, _ => 0x2000u };
        var length = Length(path) ?? (kind == Kind.File ? Read(path)?.Length ?? 0 : 0);
        return [0, 0, 0, 13, .. Number((uint)(length >> 32)), .. Number((uint)length), .. Number(mode), .. Number(Time(path)), .. Number(Time(path))];
    }

    private static byte[] Status(byte[] id, uint code) => [101, .. id, .. Number(code), .. Text("refused"), .. Text("")];

    private static byte[] Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(ReadOnlySpan<byte> bytes) => [.. Number((uint)bytes.Length), .. bytes];

    private static byte[] Number(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }
}
