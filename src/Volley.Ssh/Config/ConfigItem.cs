namespace Volley.Ssh.Config;

/// <summary>A line of a block.</summary>
internal abstract class ConfigItem
{
    /// <summary>Whether it is known that ssh takes the line; if not, only the ssh that is installed can tell.</summary>
    public virtual bool IsJudged => true;

    public abstract void Apply(HostDraft host, bool active);
}
