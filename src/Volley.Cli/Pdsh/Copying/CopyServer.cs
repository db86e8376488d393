using System.Text;
using Volley.Cli.Terminal;
using Volley.Interop.Text;

namespace Volley.Cli.Pdsh.Copying;

/// <summary>
/// The end of a copy at a host, which another machine's pdcp (<c>-z</c>) or rpdcp (<c>-Z</c>) starts there. It speaks the protocol of rcp(1) on standard
/// input and output.
/// </summary>
/// <param name="arguments">The command line.</param>
/// <param name="context">The environment.</param>
/// <param name="writer">The destination of the answers.</param>
internal sealed class CopyServer(PdshArguments arguments, PdshContext context, TerminalWriter writer)
{
    /// <summary>Serves the other end, and returns the exit code.</summary>
    /// <exception cref="PdshException">The operands are invalid, or a source can't be read.</exception>
    public int Run()
    {
        string[] errors = [.. FindErrors().Select(context.Prefix)];
        if (errors.Length > 0)
            throw new PdshException(errors);
        using var input = new BufferedStream(context.OpenStandardInput());
        var peer = new CopyPeer(input, writer, context);
        try
        {
            if (arguments.IsSink)
                new CopySink(arguments, peer).Receive(arguments.Command[0]);
            else
                new CopySource(arguments, peer, context).Send([.. arguments.Command.SkipLast(1)], arguments.Command[^1]);
        }
        catch (CopyProtocolException broken)
        {
            peer.Fail(broken.Message);
        }

        // The other end knows of the failures.
        return writer.Finish(0, context.Verb.ProgramName);
    }

    private IEnumerable<string> FindErrors()
    {
        if (arguments.IsSource)
        {
            if (arguments.Command.Count < 2)
                yield return "list source files required for pcp client";
            yield break;
        }

        if (arguments.Command.Count == 0)
            yield return "output file must be specified with pcp server";
        if (arguments.Command.Count > 1)
            yield return "do not list source files with pcp server";
        if (context.Verb == PdshVerb.Pull)
            yield return "reverse copy cannot be specified with pcp server";
    }
}

/// <summary>The exception for data that does not follow the protocol.</summary>
internal sealed class CopyProtocolException(string message) : Exception(message);

/// <summary>The other end of a copy: records and content from it, answers to it.</summary>
internal sealed class CopyPeer(Stream input, TerminalWriter writer, PdshContext context)
{
    public const byte Success = 0;
    public const byte Failure = 1;
    public const byte Abort = 2;

    private const int MaxLine = 64 << 10;

    /// <summary>Reads the first byte of a record; null at the end of the input.</summary>
    public byte? ReadKind() => input.ReadByte() is >= 0 and var kind ? (byte)kind : null;

    /// <summary>Reads the rest of a record up to its newline.</summary>
    /// <exception cref="CopyProtocolException">It is too long, or the input ends.</exception>
    public byte[] ReadLine()
    {
        using var line = new MemoryStream();
        while (input.ReadByte() is var next && next != '\n')
        {
            if (next < 0 || line.Length == MaxLine)
                throw new CopyProtocolException("protocol screwup: expected control record");
            line.WriteByte((byte)next);
        }

        return line.ToArray();
    }

    /// <summary>Reads content.</summary>
    /// <exception cref="CopyProtocolException">The input ends.</exception>
    public int Read(Span<byte> buffer) => input.Read(buffer) is > 0 and var count ? count : throw new CopyProtocolException("lost connection");

    /// <summary>Reads an answer. Returns false if the other end has failed, whose message is printed.</summary>
    /// <exception cref="CopyProtocolException">The other end has ended.</exception>
    public bool ReadAnswer()
    {
        var kind = ReadKind() ?? throw new CopyProtocolException("lost connection");
        if (kind == Success)
            return true;
        PrintFailure();
        return kind == Failure ? false : throw new CopyProtocolException("aborted by the other end");
    }

    /// <summary>Prints the message of a failure at the other end.</summary>
    public void PrintFailure() => context.Warn(context.Prefix(Encoding.UTF8.GetString(ReadLine())));

    public void Accept() => Write([Success]);

    /// <summary>Reports a failure to the other end.</summary>
    public void Fail(string message) => Write([Failure, .. SystemText.Encode(message.Replace('\n', '?')), (byte)'\n']);

    public void Write(ReadOnlySpan<byte> data)
    {
        writer.WriteOut(data);
        writer.Flush();
    }
}
