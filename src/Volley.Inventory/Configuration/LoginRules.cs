using Volley.Ssh;

namespace Volley.Inventory.Configuration;

/// <summary>The rules for users and jump hosts of nodes: none can be taken for an option or reach a terminal as a control character.</summary>
internal static class LoginRules
{
    /// <summary>Returns what is wrong with a login name; null if it is valid.</summary>
    public static string? FindUserFault(string user)
    {
        try
        {
            return Target.Parse($"{user}@h").User == user ? null : $"the user '{user}' is not a login name; write one without ranges and lists";
        }
        catch (HostListException error)
        {
            return $"the user '{user}' is not a login name: {error.Message}";
        }
    }

    /// <summary>Returns what is wrong with jump hosts; null if they are valid, or an empty text for none.</summary>
    public static string? FindJumpFault(string jump)
    {
        if (jump.Length == 0)
            return null;
        try
        {
            _ = new SshOverrides { ProxyJump = jump }.Check();
            return null;
        }
        catch (SshConfigException error)
        {
            return error.JumpPosition is null ? $"bad jump host '{jump}'; write [user@]host[:port]" : error.Message;
        }
    }
}
