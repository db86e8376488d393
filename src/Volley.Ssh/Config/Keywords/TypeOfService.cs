using System.Globalization;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>Parser of IPQoS: the byte of the IP header that determines the treatment of a packet (RFC 2474, RFC 2597, RFC 791).</summary>
internal static class TypeOfService
{
    /// <summary>The value "none", which leaves the system's default.</summary>
    public const int System = -1;

    /// <summary>Parses one value, or a value for terminals and one for everything else, of which the latter is returned.</summary>
    /// <exception cref="SshConfigException">A value is invalid or missing, or there are more than two.</exception>
    public static int? Read(ConfigLine line)
    {
        if (line.Arguments.Count is < 1 or > 2)
            throw line.Error($"{line.Written} takes one or two values");
        int value = 0;
        foreach (string word in line.Arguments)
        {
            value = Value(AsciiText.ToLower(word))
                ?? throw line.Error($"bad value '{word}' of {line.Written}: a name such as af21 or cs1, a number up to 255, or none");
        }
        return value;
    }

    private static int? Value(string name) => name switch
    {
        "none" => System,
        "ef" => 0xb8,
        "le" => 0x04,
        "lowdelay" => 0x10,
        "throughput" => 0x08,
        "reliability" => 0x04,
        ['a', 'f', >= '1' and <= '4' and var priority, >= '1' and <= '3' and var drop] => ((priority - '0') << 5) | ((drop - '0') << 3),
        ['c', 's', >= '0' and <= '7' and var priority] => (priority - '0') << 5,
        _ => Number(name),
    };

    /// <summary>
    /// Parses a decimal or hexadecimal number from 0 to 255. Returns null for anything else, including octal numbers, which strtol(3) would accept.
    /// </summary>
    private static int? Number(string text)
    {
        bool isHexadecimal = text.StartsWith("0x", StringComparison.Ordinal);
        if (text is ['0', _, ..] && !isHexadecimal)
            return null;
        var style = isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return int.TryParse(isHexadecimal ? text.AsSpan(2) : text, style, CultureInfo.InvariantCulture, out int number) && number is >= 0 and <= 255
            ? number
            : null;
    }
}
