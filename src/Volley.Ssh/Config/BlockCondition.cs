namespace Volley.Ssh.Config;

/// <summary>The condition of a block: its Host or Match line.</summary>
internal abstract class BlockCondition
{
    public abstract Verdict Judge(HostDraft host);
}
