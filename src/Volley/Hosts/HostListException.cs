using Volley.Hosts.Parsing;

namespace Volley;

/// <summary>
/// The exception for a host expression, host file or pattern that is invalid or can't be read. It is the <see cref="FormatException"/> that methods named
/// Parse throw.
/// </summary>
public sealed class HostListException : FormatException
{
    private const int Window = 70;
    private const string Cut = "...";

    /// <summary>Creates an exception for an error at a position of an expression.</summary>
    /// <param name="message">The error and its remedy. Control characters in it are shown as <c>?</c>.</param>
    /// <param name="expression">The parsed text: a whole expression, or one line of a host file.</param>
    /// <param name="position">The position of the error in <paramref name="expression"/>, from 0 to its length.</param>
    /// <param name="innerException">The system's error, if a file could not be read.</param>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> or <paramref name="expression"/> is null.</exception>
    public HostListException(string message, string expression, int position, Exception? innerException = null)
        : base(Shown(Argument.NotNull(message, nameof(message))), innerException)
    {
        ArgumentNullException.ThrowIfNull(expression);
        Expression = expression;
        Position = Math.Clamp(position, 0, expression.Length);
    }

    /// <summary>The parsed text: a whole expression, or one line of a host file.</summary>
    public string Expression { get; }

    /// <summary>The position of the error in <see cref="Expression"/>, from 0 to its length.</summary>
    public int Position { get; }

    /// <summary>The file and line of <see cref="Expression"/> (<c>hosts.txt line 3</c>), or null for an expression.</summary>
    public string? Origin { get; init; }

    /// <summary>What to do instead, if <see cref="Message"/> does not mention it.</summary>
    public Remedy Remedy { get; init; }

    /// <summary>The error and its remedy, prefixed with the file and line if there is one.</summary>
    public override string Message => Origin is null ? base.Message : $"{Shown(Origin)}: {base.Message}";

    /// <summary>Returns the expression and, on a second line, a caret under the error. Returns an empty string for an empty expression.</summary>
    /// <remarks>Of a long expression only about 70 characters around the error are shown. Characters that a terminal would not show as
    /// one character are shown as <c>?</c>. A line feed separates the lines; the second line ends without one.</remarks>
    /// <returns>The two lines.</returns>
    public string Caret()
    {
        if (Expression.Length == 0)
            return "";
        int start = Expression.Length <= Window ? 0 : Math.Clamp(Position - Window / 2, 0, Expression.Length - Window);
        int end = Math.Min(Expression.Length, start + Window);
        string before = start > 0 ? Cut : "";
        string after = end < Expression.Length ? Cut : "";
        string indent = new(' ', before.Length + Position - start);
        return $"{before}{Shown(Expression[start..end])}{after}\n{indent}^";
    }

    internal static string Shown(string text) => string.Create(text.Length, text, static (shown, text) =>
    {
        for (int i = 0; i < shown.Length; i++)
            shown[i] = text[i] == ' ' || NameCharacters.IsPrintable(text[i]) ? text[i] : '?';
    });
}
