namespace Volley.Ssh.Config;

/// <summary>What a directive without a setting means for a connection that is not ssh's own.</summary>
internal enum DirectiveEffect
{
    /// <summary>It asks for what holds anyway.</summary>
    None,

    /// <summary>It asks for something that changes nothing for a batch login.</summary>
    Skipped,

    /// <summary>It allows another way to log in, which only ssh can try.</summary>
    OtherLogin,

    /// <summary>Only ssh can do it.</summary>
    NeedsSsh,
}
