using System.Globalization;
using Volley.Interop.Text;

namespace Volley.Transfers;

/// <summary>
/// A path with placeholders: <c>{host}</c>, <c>{rank}</c> and <c>{NAME}</c> for an attribute of the target; <c>{{</c> and <c>}}</c> are braces.
/// </summary>
internal sealed class PathTemplate
{
    private readonly Template _template;

    private PathTemplate(Template template) => _template = template;

    /// <summary>The template as it was given.</summary>
    public string Text => _template.Text;

    /// <summary>The names of the placeholders.</summary>
    public IEnumerable<string> Placeholders => _template.Placeholders;

    /// <summary>Whether the path differs between targets.</summary>
    public bool HasPlaceholders => _template.HasPlaceholders;

    /// <summary>The path of a template without placeholders.</summary>
    public string LiteralText => _template.LiteralText;

    /// <summary>Parses a template.</summary>
    /// <exception cref="ArgumentException">A brace has no counterpart, or a placeholder has no name.</exception>
    public static PathTemplate Parse(string text) => new(Template.Parse(text));

    /// <summary>Returns the template of a path without placeholders.</summary>
    public static PathTemplate Literal(string path) => new(Template.Literal(path));

    /// <summary>Returns the path for a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="getOther">Returns the value of a placeholder that does not come from the target; null for one that does.</param>
    /// <exception cref="ArgumentException">The target lacks an attribute, or its value would lead out of the directory.</exception>
    public string Expand(Target target, Func<string, string?>? getOther = null) =>
        _template.Expand(name => getOther?.Invoke(name) ?? GetValue(name, target));

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
