using Volley.Relay.Wire;

namespace Volley.Relay;

/// <summary>The queues from which relays take targets.</summary>
public static class RelayQueues
{
    /// <summary>The queue of all relays.</summary>
    public static string All => RelayNames.AllQueue;

    /// <summary>Returns the queue of a group.</summary>
    /// <param name="group">The name of the group.</param>
    /// <returns>The queue.</returns>
    /// <exception cref="ArgumentException">The text is no name.</exception>
    public static string ForGroup(string group) => RelayNames.GroupQueue(Checked(group));

    /// <summary>Returns the queue of the relays with a label.</summary>
    /// <param name="key">The name of the label.</param>
    /// <param name="value">The value of the label, which is a name, too.</param>
    /// <returns>The queue.</returns>
    /// <exception cref="ArgumentException">A text is no name.</exception>
    public static string ForLabel(string key, string value) => RelayNames.LabelQueue(Checked(key), Checked(value));

    /// <summary>Returns whether a text is a name of a group, a label or a relay: 1 to 60 letters, digits, <c>-</c> and <c>_</c> of ASCII.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is a name.</returns>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return RelayNames.IsName(text);
    }

    /// <summary>Returns how a message names a queue.</summary>
    internal static string Describe(string queue) => queue == All ? "this server" : queue.Replace(':', ' ');

    private static string Checked(string name) => IsName(name) ? name : throw new ArgumentException($"'{name}' is no name", nameof(name));
}
