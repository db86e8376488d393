using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>An identity or certificate file.</summary>
/// <param name="Path">The path as written.</param>
/// <param name="FromUser">False if the system's file names it. ssh keeps a path twice if both files name it.</param>
/// <param name="Place">The position of the directive.</param>
internal sealed record Identity(string Path, bool FromUser, ConfigPlace Place)
{
    /// <summary>Adds the identity to a list unless it is present.</summary>
    public void AddTo(List<Identity> list)
    {
        if (!list.Exists(other => other.Path == Path && other.FromUser == FromUser))
            list.Add(this);
    }
}
