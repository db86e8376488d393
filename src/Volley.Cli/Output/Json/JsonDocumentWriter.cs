using System.Buffers;
using System.Text.Json;
using Volley.Cli.Terminal;

namespace Volley.Cli.Output.Json;

/// <summary>Prints JSON documents of commands that run nothing: one line, in ASCII.</summary>
internal static class JsonDocumentWriter
{
    /// <summary>Prints a document.</summary>
    /// <param name="writer">The destination.</param>
    /// <param name="write">Writes the document.</param>
    public static void Print(TerminalWriter writer, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        buffer.Write("\n"u8);
        writer.WriteOut(buffer.WrittenSpan);
    }
}
