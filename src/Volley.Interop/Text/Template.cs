using System.Text;

namespace Volley.Interop.Text;

/// <summary>A text with placeholders such as <c>{host}</c>; <c>{{</c> and <c>}}</c> are braces.</summary>
internal sealed class Template
{
    private readonly List<(string Text, bool IsName)> _parts = [];

    private Template(string text) => Text = text;

    /// <summary>The template as it was given.</summary>
    public string Text { get; }

    /// <summary>The texts between the placeholders, and the names of the placeholders.</summary>
    public IReadOnlyList<(string Text, bool IsName)> Parts => _parts;

    /// <summary>The names of the placeholders.</summary>
    public IEnumerable<string> Placeholders => _parts.Where(part => part.IsName).Select(part => part.Text);

    /// <summary>Whether there is a placeholder.</summary>
    public bool HasPlaceholders => _parts.Exists(part => part.IsName);

    /// <summary>The text of a template without placeholders.</summary>
    public string LiteralText => string.Concat(_parts.Select(part => part.Text));

    /// <summary>Parses a template.</summary>
    /// <exception cref="ArgumentException">A brace has no counterpart, or a placeholder has no name.</exception>
    public static Template Parse(string text)
    {
        var template = new Template(text);
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('{' or '}'))
            {
                literal.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == text[i])
            {
                literal.Append(text[i++]);
            }
            else
            {
                var end = text[i] == '{' ? text.IndexOf('}', i) : -1;
                if (end <= i + 1)
                    throw new ArgumentException(
                        $"unexpected '{text[i]}' in '{text}'; a placeholder is {{host}}, {{rank}} or {{ATTRIBUTE}}, and a brace is written twice");
                template._parts.Add((literal.ToString(), false));
                literal.Clear();
                template._parts.Add((text[(i + 1)..end], true));
                i = end;
            }
        }

        template._parts.Add((literal.ToString(), false));
        return template;
    }

    /// <summary>Returns the template of a text without placeholders.</summary>
    public static Template Literal(string text)
    {
        var template = new Template(text);
        template._parts.Add((text, false));
        return template;
    }

    /// <summary>Returns the text with the placeholders replaced.</summary>
    /// <param name="getValue">Returns the value of a placeholder.</param>
    public string Expand(Func<string, string> getValue) => string.Concat(_parts.Select(part => part.IsName ? getValue(part.Text) : part.Text));
}
