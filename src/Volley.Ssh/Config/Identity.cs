namespace Volley.Ssh.Config;

/// <summary>An identity or certificate file.</summary>
/// <param name="Path">As written.</param>
/// <param name="FromUser">False if the system's file names it; ssh takes the same path twice if both do.</param>
/// <param name="Place">Where it is named.</param>
internal sealed record Identity(string Path, bool FromUser, ConfigPlace Place)
{
    /// <summary>Adds it unless it is there.</summary>
    public void AddTo(List<Identity> list)
    {
        if (!list.Exists(other => other.Path == Path && other.FromUser == FromUser))
            list.Add(this);
    }
}
