using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Volley.Targets;

/// <summary>One item of an expression, <c>[user@]host[:port]</c>, checked in full but with its ranges not yet expanded.</summary>
internal sealed record HostPattern(NamePart? User, NamePart Host, int[]? Ports, long Count, int Position)
{
    private static readonly SearchValues<char> Ipv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Whether the host has wildcards: then the item stands for no names, and other names are compared with it.</summary>
    public bool HasWildcards => Host.HasWildcards;

    /// <summary>Reads one item, whose brackets are known to be closed and not nested.</summary>
    /// <param name="text">What the item stands in.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="host">What the host may be: a name, or a pattern.</param>
    public static HostPattern Parse(ExpressionText text, int start, int end, PartKind host)
    {
        int at = FindLastAt(text.Text, start, end);
        if (at == start)
            throw text.Error(at, "the user name before @ is missing; write user@host, or the host alone");
        if (at > start && text.Text[at - 1] == '\\')
            throw text.Error(at - 1, "a user name must not end with '\\', which ssh does not accept; write DOMAIN\\user@host");
        NamePart? user = at < 0 ? null : NamePart.Parse(text, start, at, PartKind.User);
        int hostStart = at < 0 ? start : at + 1;
        (NamePart name, int hostEnd) = ParseHost(text, hostStart, end, host);
        NamePart? port = hostEnd < end ? ParsePort(text, hostEnd + 1, end) : null;

        // Each factor stops just above a million, so the product fits; and ports are expanded only when it is known to be small.
        long count = Math.Min((user?.Count ?? 1) * name.Count, HostList.MaxNames + 1) * (port?.Count ?? 1);
        if (count > HostList.MaxNames)
            throw text.TooManyNames(start);
        int[]? ports = port is null ? null : PortNumbers(text, port, hostEnd + 1);
        return new(user, name, ports, count, start);
    }

    /// <summary>Whether a name is one of those that the item stands for; a user or a port that the item leaves open may be any.</summary>
    public bool Matches(HostName name) =>
        Host.Matches(name.Host, ignoreCase: true)
        && (User is null || (name.User is { } user && User.Matches(user, ignoreCase: false)))
        && (Ports is null || (name.Port is { } port && Ports.Contains(port)));

    /// <summary>Reads a text that is a pattern for a host and nothing else. An IPv6 address needs no brackets in it.</summary>
    public static NamePart ParseWhole(ExpressionText text)
    {
        string source = text.Text;
        if (source is ['[', .. var address, ']'] && IsIpv6(address))
            return NamePart.Literal(address);
        // Checks the brackets; a comma outside of them is refused with the other characters.
        _ = ItemScanner.FindEnd(text, 0, source.Length, endsAtWhiteSpace: false);
        return NamePart.Parse(text, 0, source.Length, PartKind.WholeHostPattern);
    }

    /// <summary>Adds the names that the item stands for, its last range running fastest.</summary>
    public void AddTo(ImmutableArray<HostName>.Builder names)
    {
        string[] hosts = Host.Expand();
        string?[] users = User is null ? new string?[1] : User.Expand();
        foreach (string? user in users)
        {
            foreach (string host in hosts)
            {
                if (Ports is null)
                    names.Add(new(user, host, null));
                foreach (int port in Ports ?? [])
                    names.Add(new(user, host, port));
            }
        }
    }

    private static (NamePart Host, int End) ParseHost(ExpressionText text, int start, int end, PartKind kind)
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
        return (NamePart.Parse(text, start, hostEnd, kind), hostEnd);
    }

    private static (NamePart Host, int End) ParseIpv6(ExpressionText text, int start, int close, int end)
    {
        string address = text.Text[start..close];
        if (!IsIpv6(address))
            throw text.Error(start, "the brackets hold no IPv6 address; write one as in [::1] or [fe80::1%eth0], or a range as in [1-3]");
        int hostEnd = close + 1;
        if (hostEnd < end && text.Text[hostEnd] != ':')
            throw text.Error(hostEnd, "only :port may follow an IPv6 address; separate items with commas");
        return (NamePart.Literal(address), hostEnd);
    }

    // The zone is checked apart from the address: whether this machine has such an interface is not a matter of syntax.
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
        string[] texts = part.Expand();
        var ports = new int[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            if (!int.TryParse(texts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ports[i]) || ports[i] is < 1 or > 65535)
                throw text.Error(start, "the port is out of range; write a number from 1 to 65535");
        }
        return ports;
    }

    // ssh splits at the last @: a user name may hold others, as in user@domain@host.
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
