namespace Volley.Targets;

/// <summary>A host expression, a host file or a pattern that can't be read; the message says what is wrong and what to do.</summary>
public sealed class HostListException : Exception
{
    private const int Window = 70;
    private const string Cut = "...";

    /// <summary>Says what is wrong with an expression, and where.</summary>
    /// <param name="message">What is wrong and what to do. Control characters in it are shown as <c>?</c>.</param>
    /// <param name="expression">The text that was read: a whole expression, or one line of a host file.</param>
    /// <param name="position">The place of the fault in <paramref name="expression"/>, from 0 to its length.</param>
    /// <param name="innerException">What the system reported, where a file couldn't be read.</param>
    public HostListException(string message, string expression, int position, Exception? innerException = null)
        : base(Shown(message), innerException)
    {
        ArgumentNullException.ThrowIfNull(expression);
        Expression = expression;
        Position = Math.Clamp(position, 0, expression.Length);
    }

    /// <summary>The text that was read: a whole expression, or one line of a host file.</summary>
    public string Expression { get; }

    /// <summary>The place of the fault in <see cref="Expression"/>, from 0 to its length.</summary>
    public int Position { get; }

    /// <summary>The file and line that <see cref="Expression"/> stands in (<c>hosts.txt line 3</c>), or null for an expression.</summary>
    public string? Origin { get; init; }

    /// <summary>What is wrong and what to do, after the file and line where there is one.</summary>
    public override string Message => Origin is null ? base.Message : $"{Shown(Origin)}: {base.Message}";

    /// <summary>The expression and, on a second line, a caret under the fault; empty for an empty expression.</summary>
    /// <remarks>Of a long expression only about 70 characters round the fault are shown. What a terminal would not show as
    /// one character is shown as <c>?</c>. The lines are parted by a line feed; the second ends without one.</remarks>
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
