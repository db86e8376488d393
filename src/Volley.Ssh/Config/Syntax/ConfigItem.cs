using Volley.Ssh.Config.Resolving;

namespace Volley.Ssh.Config.Syntax;

/// <summary>A line of a block.</summary>
internal abstract class ConfigItem
{
    /// <summary>Whether every ssh accepts the line. If false, only the installed ssh can tell.</summary>
    public virtual bool IsJudged => true;

    public abstract void Apply(HostDraft host, bool active);
}
