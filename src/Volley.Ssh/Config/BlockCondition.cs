namespace Volley.Ssh.Config;

/// <summary>The first line of a block.</summary>
internal abstract class BlockCondition
{
    public abstract Verdict Judge(HostDraft host);
}
