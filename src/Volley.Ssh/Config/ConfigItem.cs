namespace Volley.Ssh.Config;

/// <summary>A line of a block.</summary>
internal abstract class ConfigItem
{
    public abstract void Apply(HostDraft host, bool active);
}
