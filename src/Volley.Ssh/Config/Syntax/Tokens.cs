using System.Text;

namespace Volley.Ssh.Config.Syntax;

/// <summary>Expansion of tokens: <c>%</c> and a letter represent a value, and <c>%%</c> represents a percent sign.</summary>
internal static class Tokens
{
    /// <summary>Expands HostName, which supports only %h.</summary>
    public static string ExpandHostName(string text, string host, ConfigPlace place) =>
        Expand(text, token => token == 'h' ? host : null, environment: null, place);

    /// <summary>Expands tokens, and <c>${NAME}</c> if an environment is given.</summary>
    /// <exception cref="SshConfigException">A token is unknown, or a variable is not set.</exception>
    public static string Expand(string text, Func<char, string?> token, Func<string, string?>? environment, ConfigPlace place)
    {
        if (!text.Contains('%') && (environment is null || !text.Contains("${", StringComparison.Ordinal)))
            return text;
        var expanded = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (environment is not null && text[i] == '$' && i + 1 < text.Length && text[i + 1] == '{')
            {
                int close = text.IndexOf('}', i);
                if (close < 0)
                    throw place.Error($"the }} of a variable is missing in '{text}'");
                string name = text[(i + 2)..close];
                expanded.Append((name.Length == 0 ? null : environment(name)) ?? throw place.Error($"there is no variable ${{{name}}}"));
                i = close;
            }
            else if (text[i] == '%')
            {
                if (++i == text.Length)
                    throw place.Error($"'{text}' ends with a single %; write %%");
                expanded.Append(text[i] == '%' ? "%" : token(text[i]) ?? throw place.Error($"unknown token %{text[i]} in '{text}'"));
            }
            else
            {
                expanded.Append(text[i]);
            }
        }
        return expanded.ToString();
    }
}
