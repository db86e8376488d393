using Volley.Cli.Buffers;
using Volley.Interop.Text;

namespace Volley.Cli.Dshbak;

/// <summary>The received lines, by host.</summary>
internal sealed class HostOutputs : IDisposable, ILineSink
{
    private readonly Dictionary<string, HostOutput> _hosts = [];
    private readonly MemoryStream _line = new();

    /// <summary>Reads lines to the end of the input.</summary>
    /// <exception cref="OperationCanceledException">The token was canceled. The lines read before remain.</exception>
    public async Task ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        using var lines = new LineBuffer();
        var buffer = new byte[64 * 1024];
        while (await input.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken) is > 0 and var count)
            lines.Append(buffer.AsSpan(0, count), this);
        lines.Complete(this);
    }

    /// <summary>Returns the outputs sorted by the number at the end of the host's name, then by name.</summary>
    public IEnumerable<HostOutput> Sorted() => _hosts.Values.OrderBy(output => output.Number).ThenBy(output => output.Host, StringComparer.Ordinal);

    /// <summary>Returns the outputs in the same order, with hosts of equal output merged into the first of them.</summary>
    public IEnumerable<(string Hosts, HostOutput Output)> Groups()
    {
        var groups = new List<List<HostOutput>>();
        var byDigest = new Dictionary<(long, UInt128), List<List<HostOutput>>>();
        foreach (var output in Sorted())
        {
            if (!byDigest.TryGetValue(output.Digest(), out var alike))
                byDigest[output.Digest()] = alike = [];
            if (alike.Find(group => group[0].IsSameAs(output)) is { } same)
            {
                same.Add(output);
                continue;
            }

            List<HostOutput> first = [output];
            alike.Add(first);
            groups.Add(first);
        }

        return groups.Select(group => (HostHeader.Write(group.Select(output => output.Host)), group[0]));
    }

    public void Dispose()
    {
        _line.Dispose();
        foreach (var output in _hosts.Values)
            output.Dispose();
    }

    void ILineSink.BeginLine() => _line.SetLength(0);

    void ILineSink.Write(ReadOnlySpan<byte> piece) => _line.Write(piece);

    /// <summary>Parses a line: white space, a name, white space, a colon, at most one space, and the text. Other lines are dropped.</summary>
    void ILineSink.EndLine()
    {
        var line = _line.GetBuffer().AsSpan(0, (int)_line.Length);
        var text = line.TrimStart(" \t\r\n\f"u8);
        for (var colon = text.IndexOf((byte)':'); colon >= 0;)
        {
            var name = text[..colon].TrimEnd(" \t"u8);
            if (name.ContainsAny(" \t"u8))
                return;
            if (name.Length > 0)
            {
                var rest = text[(colon + 1)..];
                GetOrAddHost(SystemText.Decode(name)).Append(rest is [(byte)' ', ..] ? rest[1..] : rest);
                return;
            }

            var next = text[(colon + 1)..].IndexOf((byte)':');
            if (next < 0)
                return;
            colon += next + 1;
        }
    }

    private HostOutput GetOrAddHost(string name)
    {
        if (!_hosts.TryGetValue(name, out var output))
            _hosts[name] = output = new HostOutput(name);
        return output;
    }
}
