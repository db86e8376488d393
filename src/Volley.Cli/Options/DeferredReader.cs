using Volley.Ssh;

namespace Volley.Cli.Options;

/// <summary>A reader of lines that opens its stream at the first read, because a background job is stopped as soon as it accesses its terminal.</summary>
/// <param name="open">Opens the stream.</param>
internal sealed class DeferredReader(Func<Stream> open) : TextReader
{
    private SystemTextReader? _reader;

    public override int Read() => throw new NotSupportedException("only whole lines are read");

    public override string? ReadLine() => (_reader ??= new SystemTextReader(open())).ReadLine();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _reader?.Dispose();
        base.Dispose(disposing);
    }
}
