namespace Volley.Ssh.Config.Resolving;

/// <summary>The result of evaluating the condition of a block for a host.</summary>
internal enum Verdict
{
    /// <summary>The block does not apply.</summary>
    No,

    /// <summary>The block applies.</summary>
    Yes,

    /// <summary>Only ssh can evaluate the condition.</summary>
    Unknown,
}
