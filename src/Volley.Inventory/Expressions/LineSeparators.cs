namespace Volley.Inventory.Expressions;

/// <summary>Turns a line of items separated by white space into an expression of the same length.</summary>
internal static class LineSeparators
{
    /// <summary>
    /// Replaces the white space between two items with a comma, unless an operator or a comma is beside it. Other white space and extra commas become
    /// spaces, so that errors keep their positions.
    /// </summary>
    public static string ToCommas(string line) => string.Create(line.Length, line, static (text, line) =>
    {
        bool needsSeparator = false;
        int pending = -1, depth = 0;
        for (int i = 0; i < line.Length; i++)
        {
            char character = line[i];
            depth += character == '[' ? 1 : character == ']' && depth > 0 ? -1 : 0;
            text[i] = character;
            if (depth == 0 && (char.IsWhiteSpace(character) || character == ','))
            {
                text[i] = ' ';
                pending = needsSeparator && pending < 0 ? i : pending;
                continue;
            }
            bool isOperator = depth == 0 && character is '!' or '&' or '^' or ')';
            if (pending >= 0 && !isOperator)
                text[pending] = ',';
            pending = -1;
            needsSeparator = !isOperator || character == ')';
            needsSeparator &= character != '(' || depth > 0;
        }
    });
}
