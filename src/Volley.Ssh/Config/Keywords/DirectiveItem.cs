namespace Volley.Ssh.Config.Keywords;

/// <summary>A known directive with parsed arguments.</summary>
internal sealed class DirectiveItem(Action<HostDraft> apply, bool isJudged = true) : ConfigItem
{
    public override bool IsJudged => isJudged;

    public override void Apply(HostDraft host, bool active)
    {
        if (active)
            apply(host);
    }
}
