namespace Volley.Transports.Sharing;

/// <summary>An open login. The lock of the table guards it.</summary>
/// <param name="key">The key under which it is shared.</param>
/// <param name="login">The login.</param>
internal sealed class OpenLogin<TLogin>(string key, TLogin login)
{
    private LinkedListNode<OpenLogin<TLogin>>? _node;

    public string Key => key;

    public TLogin Login => login;

    /// <summary>The number of its users.</summary>
    public int Users { get; set; }

    /// <summary>The node for the list of idle logins. It is in the list if the login is idle.</summary>
    public LinkedListNode<OpenLogin<TLogin>> Node => _node ??= new(this);

    /// <summary>Whether the login is in the list of idle ones.</summary>
    public bool IsIdle => _node?.List is not null;
}
