namespace Volley.Ssh.Config.Keywords;

/// <summary>A line of a block.</summary>
internal abstract class ConfigItem
{
    /// <summary>Whether every ssh accepts the line. If false, only the installed ssh can tell.</summary>
    public virtual bool IsJudged => true;

    public abstract void Apply(HostDraft host, bool active);
}
