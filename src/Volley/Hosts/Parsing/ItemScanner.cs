namespace Volley.Hosts.Parsing;

/// <summary>Finds the end of an item: the next separator outside of brackets.</summary>
internal static class ItemScanner
{
    /// <summary>Returns the index of the comma (or, in a host file, white space) after the item, or <paramref name="end"/>.</summary>
    public static int FindEnd(ExpressionText text, int start, int end, bool endsAtWhiteSpace)
    {
        int open = -1;
        for (int i = start; i < end; i++)
        {
            char character = text.Text[i];
            if (character == '[')
                open = open < 0 ? i : throw text.Error(i, "a bracket within a bracket; close the first one, or write several ranges as in [1-3,5-7]");
            else if (character == ']')
                open = open >= 0 ? -1 : throw text.Error(i, "a ] without its [; remove it, or open the range with [");
            else if (open < 0 && (character == ',' || endsAtWhiteSpace && char.IsWhiteSpace(character)))
                return i;
        }
        return open < 0 ? end : throw text.Error(open, "the bracket is not closed; add a ]");
    }
}
