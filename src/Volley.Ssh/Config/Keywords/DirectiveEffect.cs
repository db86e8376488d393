namespace Volley.Ssh.Config.Keywords;

/// <summary>The effect of a directive without a setting on a native connection.</summary>
internal enum DirectiveEffect
{
    /// <summary>The directive has no effect here, or requests the default.</summary>
    None,

    /// <summary>The directive has an effect in ssh, but none on a batch login. It is listed as skipped.</summary>
    Skipped,

    /// <summary>The directive allows a login method that only ssh supports.</summary>
    OtherLogin,

    /// <summary>Only ssh supports the directive.</summary>
    NeedsSsh,
}
