namespace Volley.Cli;

/// <summary>Text from a stream that the first read opens: a background job that only looks at its terminal is stopped for it.</summary>
/// <param name="open">Opens the stream.</param>
internal sealed class DeferredReader(Func<Stream> open) : TextReader
{
    private StreamReader? _reader;

    private StreamReader Reader => _reader ??= new StreamReader(open());

    public override int Peek() => Reader.Peek();

    public override int Read() => Reader.Read();

    public override string? ReadLine() => Reader.ReadLine();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _reader?.Dispose();
        base.Dispose(disposing);
    }
}
