namespace Volley.Hosts.Parsing;

/// <summary>The source of hosts for the item <c>-</c>, which only one item can read.</summary>
/// <param name="reader">The source; null if there is none. The caller closes it.</param>
internal sealed class HostInput(TextReader? reader)
{
    private bool _isTaken;

    public TextReader Take(ExpressionText text, int position)
    {
        if (reader is null)
            throw text.Error(position, "there is no standard input to read hosts from here; name the hosts or use ^FILE");
        if (_isTaken)
            throw text.Error(position, "standard input is already read by an earlier -; remove this one");
        _isTaken = true;
        return reader;
    }
}
