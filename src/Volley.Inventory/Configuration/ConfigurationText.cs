using System.Text;

namespace Volley.Inventory.Configuration;

/// <summary>Expands variables in a text: <c>${NAME}</c>, <c>${NAME:-default}</c> and <c>$NAME</c>; <c>$$</c> is a dollar sign.</summary>
internal static class ConfigurationText
{
    /// <exception cref="ConfigurationException">A variable is not set, or a reference is not closed.</exception>
    public static string Expand(string text, FilePlace place, Func<string, string?> variable)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
            return text;
        var expanded = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                expanded.Append(text[i]);
                continue;
            }
            if (text[i + 1] == '$')
            {
                expanded.Append('$');
                i++;
                continue;
            }
            bool isBraced = text[i + 1] == '{';
            int start = i + (isBraced ? 2 : 1);
            int end = start;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
                end++;
            if (end == start || char.IsAsciiDigit(text[start]))
            {
                if (isBraced)
                    throw new ConfigurationException($"'{text[i..]}' names no variable; write ${{NAME}}, or $$ for a dollar sign", place);
                expanded.Append('$');
                continue;
            }
            string name = text[start..end];
            string? alternative = null;
            if (isBraced)
            {
                int close = text.IndexOf('}', end);
                if (close < 0 || (close > end && !text.AsSpan(end).StartsWith(":-", StringComparison.Ordinal)))
                    throw new ConfigurationException($"the variable in '{text[i..]}' is not closed; write ${{{name}}} or ${{{name}:-default}}", place);
                alternative = close > end ? text[(end + 2)..close] : null;
                end = close + 1;
            }
            string? value = variable(name);
            if (alternative is not null && string.IsNullOrEmpty(value))
                value = alternative;
            expanded.Append(value ?? throw new ConfigurationException($"the variable {name} is not set; set it, or write ${{{name}:-default}}", place));
            i = end - 1;
        }
        return expanded.ToString();
    }
}
