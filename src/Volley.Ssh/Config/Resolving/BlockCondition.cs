using Volley.Ssh.Config.Keywords;

namespace Volley.Ssh.Config.Resolving;

/// <summary>The condition of a block: its Host or Match line.</summary>
internal abstract class BlockCondition
{
    public abstract Verdict Judge(HostDraft host);
}
