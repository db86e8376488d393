using System.Globalization;

namespace Volley.Ssh.Config;

/// <summary>The values of IPQoS: the byte of the IP header that says how a packet is to be treated (RFC 2474, RFC 2597, RFC 791).</summary>
internal static class TypeOfService
{
    /// <summary>The system's own, as it is without the directive.</summary>
    public const int System = -1;

    /// <summary>Reads the directive: one value, or one for terminals and one for everything else, which is the one that counts here.</summary>
    /// <exception cref="SshConfigException">It has another form.</exception>
    public static int? Read(ConfigLine line)
    {
        if (line.Words.Count is < 1 or > 2)
            throw line.Error($"{line.Written} takes one or two values");
        int value = 0;
        foreach (string word in line.Words)
            value = Value(AsciiText.ToLower(word)) ?? throw line.Error($"bad value '{word}' of {line.Written}: a name such as af21 or cs1, a number up to 255, or none");
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

    /// <summary>As strtol(3) reads it; octal numbers are left to ssh.</summary>
    private static int? Number(string text)
    {
        bool isHexadecimal = text.StartsWith("0x", StringComparison.Ordinal);
        if (text is ['0', _, ..] && !isHexadecimal)
            return null;
        var style = isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return int.TryParse(isHexadecimal ? text.AsSpan(2) : text, style, CultureInfo.InvariantCulture, out int number) && number is >= 0 and <= 255 ? number : null;
    }
}
