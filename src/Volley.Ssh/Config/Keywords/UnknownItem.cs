using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh.Config.Keywords;

/// <summary>A line that is not known here. An ssh that does not know it either refuses the whole configuration, unless IgnoreUnknown covers it.</summary>
internal sealed class UnknownItem(string what, string? keyword, ConfigPlace place) : ConfigItem
{
    public override bool IsJudged => false;

    public override void Apply(HostDraft host, bool active)
    {
        if (keyword is null || host.IgnoreUnknown.Value is not { } ignored || !PatternList.MatchesHost(keyword, ignored))
            host.AddReason(what, place);
    }
}
