using Volley.Ssh.Config.Keywords;

namespace Volley.Ssh.Config.Resolving;

/// <summary>The files of an Include line.</summary>
internal sealed class IncludeItem(IReadOnlyList<ConfigFile> files) : ConfigItem
{
    public bool ConcernsEveryHost { get; } = files.Any(file => file.ConcernsEveryHost);

    public bool WantsFinalPass { get; } = files.Any(file => file.WantsFinalPass);

    public override void Apply(HostDraft host, bool active)
    {
        foreach (var file in files)
            file.Apply(host, active);
    }
}
