using Volley.Ssh.Config.Resolving;

namespace Volley.Ssh.Config.Syntax;

/// <summary>The condition of a block: its Host or Match line.</summary>
internal abstract class BlockCondition
{
    public abstract Verdict Judge(HostDraft host);
}
