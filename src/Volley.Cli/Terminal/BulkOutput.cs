using System.Text;
using Volley.Interop.Text;

namespace Volley.Cli.Terminal;

/// <summary>Writes long text of the program to standard output, which is no terminal, in large parts.</summary>
internal sealed class BulkOutput(TerminalWriter writer) : TextWriter
{
    private readonly char[] _text = new char[16 * 1024];
    private readonly byte[] _bytes = new byte[3 * 16 * 1024];
    private int _length;

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (buffer.Length > _text.Length - _length)
            Flush();
        if (buffer.Length > _text.Length)
        {
            writer.WriteOut(SystemText.Encode(buffer));
            return;
        }

        buffer.CopyTo(_text.AsSpan(_length));
        _length += buffer.Length;
    }

    public override void Flush()
    {
        writer.WriteOut(_bytes.AsSpan(0, SystemText.Encode(_text.AsSpan(0, _length), _bytes)));
        _length = 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Flush();
        base.Dispose(disposing);
    }
}
