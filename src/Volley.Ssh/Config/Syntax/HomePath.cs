using Volley.Ssh.Platform;

namespace Volley.Ssh.Config.Syntax;

/// <summary>Expansion of paths that begin with <c>~</c> or <c>~name</c>.</summary>
internal static class HomePath
{
    /// <summary>Returns the expanded path; null if the account does not exist.</summary>
    public static string? Expand(string path, string home)
    {
        if (!path.StartsWith('~'))
            return path;
        int slash = path.IndexOf('/');
        string name = slash < 0 ? path[1..] : path[1..slash];
        string? folder = name.Length == 0 ? home : LocalAccount.FindHome(name);
        return folder is null ? null : folder.TrimEnd('/') + "/" + (slash < 0 ? "" : path[slash..].TrimStart('/'));
    }
}
