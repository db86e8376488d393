using System.Globalization;
using System.Text;

namespace Volley.Transfers;

/// <summary>
/// A path with placeholders: <c>{host}</c>, <c>{rank}</c> and <c>{NAME}</c> for an attribute of the target; <c>{{</c> and <c>}}</c> are braces.
/// </summary>
internal sealed class PathTemplate
{
    private readonly List<(string Text, bool IsName)> _parts = [];

    private PathTemplate(string text) => Text = text;

    /// <summary>The template as it was given.</summary>
    public string Text { get; }

    /// <summary>The names of the placeholders.</summary>
    public IEnumerable<string> Placeholders => _parts.Where(part => part.IsName).Select(part => part.Text);

    /// <summary>Whether the path differs between targets.</summary>
    public bool HasPlaceholders => _parts.Exists(part => part.IsName);

    /// <summary>The path of a template without placeholders.</summary>
    public string LiteralText => string.Concat(_parts.Select(part => part.Text));

    /// <summary>Parses a template.</summary>
    /// <exception cref="ArgumentException">A brace has no counterpart, or a placeholder has no name.</exception>
    public static PathTemplate Parse(string text)
    {
        var template = new PathTemplate(text);
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
                    throw new ArgumentException($"unexpected '{text[i]}' in '{text}'; a placeholder is {{host}}, {{rank}} or {{ATTRIBUTE}}, and a brace is written twice");
                template._parts.Add((literal.ToString(), false));
                literal.Clear();
                template._parts.Add((text[(i + 1)..end], true));
                i = end;
            }
        }

        template._parts.Add((literal.ToString(), false));
        return template;
    }

    /// <summary>Returns the template of a path without placeholders.</summary>
    public static PathTemplate Literal(string path)
    {
        var template = new PathTemplate(path);
        template._parts.Add((path, false));
        return template;
    }

    /// <summary>Returns the path for a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="getOther">Returns the value of a placeholder that does not come from the target; null for one that does.</param>
    /// <exception cref="ArgumentException">The target lacks an attribute, or its value would lead out of the directory.</exception>
    public string Expand(Target target, Func<string, string?>? getOther = null) =>
        string.Concat(_parts.Select(part => !part.IsName ? part.Text : getOther?.Invoke(part.Text) ?? GetValue(part.Text, target)));

    private string GetValue(string name, Target target)
    {
        var value = name switch
        {
            "host" => target.Host,
            "rank" => target.Index.ToString(CultureInfo.InvariantCulture),
            _ => target.Attributes.GetValueOrDefault(name) ?? throw new ArgumentException($"{Text}: {target.Label} has no attribute '{name}'"),
        };
        // A value is a part of one name, so that it can't choose another directory.
        return value.Length == 0 || value is "." or ".." || value.AsSpan().ContainsAny('/', '\0')
            ? throw new ArgumentException($"{Text}: the value '{value}' of {{{name}}} at {target.Label} can't be a part of a name")
            : value;
    }
}
