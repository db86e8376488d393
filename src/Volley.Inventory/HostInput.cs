using Volley.Inventory.Expressions;

namespace Volley.Inventory;

/// <summary>The standard input of a run, which one item <c>-</c> can read.</summary>
/// <param name="reader">The reader, or null if standard input has no hosts. The caller closes it.</param>
public sealed class HostInput(TextReader? reader)
{
    /// <summary>No standard input: the item <c>-</c> is an error.</summary>
    public static HostInput None => new(null);

    /// <summary>Whether an item <c>-</c> has read it.</summary>
    public bool IsTaken { get; private set; }

    internal TextReader Take(ExpressionSource source, int position)
    {
        if (reader is null)
            throw source.Error(position, "there is no standard input to read hosts from here; name the hosts or use ^FILE");
        if (IsTaken)
            throw source.Error(position, "standard input is already read by an earlier -; remove this one");
        IsTaken = true;
        return reader;
    }
}
