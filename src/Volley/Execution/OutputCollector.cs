using System.Buffers;

namespace Volley.Execution;

/// <summary>Collects the first bytes of each stream of one target.</summary>
/// <param name="limit">The largest number of bytes of one stream.</param>
internal sealed class OutputCollector(int limit)
{
    private ArrayBufferWriter<byte>? _stdout;
    private ArrayBufferWriter<byte>? _stderr;

    /// <summary>Adds output, as far as it fits.</summary>
    public void Add(NodeOutput output)
    {
        var bytes = output.Stream == StreamKind.Stdout ? _stdout ??= new() : _stderr ??= new();
        var room = limit - bytes.WrittenCount;
        bytes.Write(output.Data.Span[..Math.Min(room, output.Data.Length)]);
    }

    /// <summary>Returns the result of the target with the output.</summary>
    public TargetResult Complete(NodeFinished finished) => new(finished.Target, finished.Result)
    {
        StdoutData = _stdout?.WrittenMemory ?? default,
        StderrData = _stderr?.WrittenMemory ?? default,
    };
}
