using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Volley.Hosts.Parsing;

/// <summary>One item of an expression, <c>[user@]host[:port]</c>. It is fully validated; its ranges are not expanded.</summary>
internal sealed record HostPattern(NamePart? User, NamePart Host, int[]? Ports, long Count, int Position)
{
    private static readonly SearchValues<char> Ipv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Parses one item. The caller has checked that its brackets are closed and not nested.</summary>
    /// <param name="text">The text that contains the item.</param>
    /// <param name="start">The start of the item.</param>
    /// <param name="end">The end of the item.</param>
    public static HostPattern Parse(ExpressionText text, int start, int end)
    {
        int at = FindLastAt(text.Text, start, end);
        if (at == start)
            throw text.Error(at, "the user name before @ is missing; write user@host, or the host alone");
        if (at > start && text.Text[at - 1] == '\\')
            throw text.Error(at - 1, "a user name must not end with '\\', which ssh does not accept; write DOMAIN\\user@host");
        NamePart? user = at < 0 ? null : NamePart.Parse(text, start, at, PartKind.User);
        int hostStart = at < 0 ? start : at + 1;
        (NamePart name, int hostEnd) = ParseHost(text, hostStart, end);
        NamePart? port = hostEnd < end ? ParsePort(text, hostEnd + 1, end) : null;

        // Each factor is capped just above a million, so the product fits. Ports are expanded only once the count is known to be small.
        long count = Math.Min((user?.Count ?? 1) * name.Count, HostList.MaxNames + 1) * (port?.Count ?? 1);
        if (count > HostList.MaxNames)
            throw text.TooManyNames(start);
        int[]? ports = port is null ? null : PortNumbers(text, port, hostEnd + 1);
        return new(user, name, ports, count, start);
    }

    /// <summary>Parses a text that is only a host pattern. An IPv6 address may be written without brackets.</summary>
    public static NamePart ParseWhole(ExpressionText text)
    {
        string source = text.Text;
        if (source is ['[', .. var address, ']'] && IsIpv6(address))
            return NamePart.Literal(address);
        // Checks the brackets; a comma outside of them is rejected later, with the other invalid characters.
        _ = ItemScanner.FindEnd(text, 0, source.Length, endsAtWhiteSpace: false);
        return NamePart.Parse(text, 0, source.Length, PartKind.WholeHostPattern);
    }

    /// <summary>Returns the names that the item expands to. Its last range varies fastest.</summary>
    public IEnumerable<Target> Expand()
    {
        IEnumerable<string?> users = (IEnumerable<string?>?)User?.Expand() ?? [null];
        foreach (string? user in users)
        {
            foreach (string host in Host.Expand())
            {
                if (Ports is null)
                    yield return new(host) { User = user };
                foreach (int port in Ports ?? [])
                    yield return new(host) { User = user, Port = port };
            }
        }
    }

    private static (NamePart Host, int End) ParseHost(ExpressionText text, int start, int end)
    {
        string source = text.Text;
        if (start < end && source[start] == '[')
        {
            int close = source.IndexOf(']', start);
            if (source.AsSpan(start, close - start).Contains(':'))
                return ParseIpv6(text, start + 1, close, end);
        }
        int colon = FindOutsideBrackets(source, ':', start, end);
        int second = colon < 0 ? -1 : FindOutsideBrackets(source, ':', colon + 1, end);
        if (second >= 0)
        {
            if (IsIpv6(source.AsSpan(start, end - start)))
                throw text.Error(start, $"an IPv6 address is written in brackets; write [{source[start..end]}]");
            throw text.Error(second, "a second ':' in one item; write host:port, and an IPv6 address in brackets, as in [::1]:22");
        }
        int hostEnd = colon < 0 ? end : colon;
        if (hostEnd == start)
            throw text.Error(start, "the host is missing; write [user@]host[:port]");
        return (NamePart.Parse(text, start, hostEnd, PartKind.Host), hostEnd);
    }

    private static (NamePart Host, int End) ParseIpv6(ExpressionText text, int start, int close, int end)
    {
        string address = text.Text[start..close];
        if (!IsIpv6(address))
            throw text.Error(start, "the brackets contain no IPv6 address; write one as in [::1] or [fe80::1%eth0], or a range as in [1-3]");
        int hostEnd = close + 1;
        if (hostEnd < end && text.Text[hostEnd] != ':')
            throw text.Error(hostEnd, "only :port may follow an IPv6 address; separate items with commas");
        return (NamePart.Literal(address), hostEnd);
    }

    // The zone is not passed to the parser, because the validity of a name does not depend on the interfaces of this machine.
    private static bool IsIpv6(ReadOnlySpan<char> text)
    {
        int percent = text.IndexOf('%');
        ReadOnlySpan<char> address = percent < 0 ? text : text[..percent];
        if (percent >= 0 && !NameCharacters.IsHost(text[(percent + 1)..]))
            return false;
        return !address.ContainsAnyExcept(Ipv6Characters)
            && IPAddress.TryParse(address, out IPAddress? parsed) && parsed.AddressFamily == AddressFamily.InterNetworkV6;
    }

    private static NamePart ParsePort(ExpressionText text, int start, int end)
    {
        if (start == end)
            throw text.Error(start, "the port after ':' is missing; write a number from 1 to 65535, or leave the ':' out");
        return NamePart.Parse(text, start, end, PartKind.Port);
    }

    private static int[] PortNumbers(ExpressionText text, NamePart part, int start)
    {
        var ports = new List<int>();
        foreach (string digits in part.Expand())
        {
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
                throw text.Error(start, "the port is out of range; write a number from 1 to 65535");
            ports.Add(port);
        }
        return [.. ports];
    }

    // ssh splits at the last @: a user name may contain others, as in user@domain@host.
    private static int FindLastAt(string text, int start, int end)
    {
        int last = -1;
        for (int at = start - 1; (at = FindOutsideBrackets(text, '@', at + 1, end)) >= 0;)
            last = at;
        return last;
    }

    private static int FindOutsideBrackets(string text, char wanted, int start, int end)
    {
        bool inBrackets = false;
        for (int i = start; i < end; i++)
        {
            if (text[i] == wanted && !inBrackets)
                return i;
            inBrackets = text[i] == '[' || inBrackets && text[i] != ']';
        }
        return -1;
    }
}
