namespace Volley.Ssh.Config;

/// <summary>What a block's first line decides for a host.</summary>
internal enum Verdict
{
    /// <summary>The block does not apply.</summary>
    No,

    /// <summary>The block applies.</summary>
    Yes,

    /// <summary>Only ssh can tell.</summary>
    Unknown,
}
