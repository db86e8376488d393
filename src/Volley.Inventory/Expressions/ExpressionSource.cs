namespace Volley.Inventory.Expressions;

/// <summary>The text of an expression and its origin, so that every error states its position.</summary>
/// <param name="Text">The whole expression.</param>
/// <param name="Origin">The file and line, or null for an option of the command line.</param>
internal readonly record struct ExpressionSource(string Text, string? Origin)
{
    public HostListException Error(int position, string message) => new(message, Text, position) { Origin = Origin };

    /// <summary>Returns an error in a part of the text as an error in the text.</summary>
    public HostListException Shift(HostListException error, int start) =>
        error.Origin is null
            ? new(error.Message, Text, start + error.Position, error.InnerException) { Origin = Origin, Remedy = error.Remedy }
            : error;

    /// <summary>Parses a part of the text as a list of hosts.</summary>
    public HostList ParseHosts(int start, int end)
    {
        try
        {
            return HostList.Parse(Text[start..end]);
        }
        catch (HostListException error)
        {
            throw Shift(error, start);
        }
    }
}
