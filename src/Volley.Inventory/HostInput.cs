using Volley.Inventory.Expressions;

namespace Volley.Inventory;

/// <summary>The standard input of a run, which one item <c>-</c> can read.</summary>
/// <param name="reader">The reader, or null if standard input has no hosts. The caller closes it.</param>
public sealed class HostInput(TextReader? reader)
{
    private bool _isTaken;

    /// <summary>No standard input: the item <c>-</c> is an error.</summary>
    public static HostInput None => new(null);

    internal TextReader Take(ExpressionSource source, int position)
    {
        if (reader is null)
            throw source.Error(position, "there is no standard input to read hosts from here; name the hosts or use ^FILE");
        if (_isTaken)
            throw source.Error(position, "standard input is already read by an earlier -; remove this one");
        _isTaken = true;
        return reader;
    }
}
