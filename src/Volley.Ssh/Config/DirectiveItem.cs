namespace Volley.Ssh.Config;

/// <summary>A directive that we know, its arguments read.</summary>
internal sealed class DirectiveItem(Action<HostDraft> apply, bool isJudged = true) : ConfigItem
{
    public override bool IsJudged => isJudged;

    public override void Apply(HostDraft host, bool active)
    {
        if (active)
            apply(host);
    }
}
