using Volley.Ssh;

namespace Volley.Transports;

/// <summary>The settings that a target states for itself, in the terms of ssh. They take precedence over the options of the transport.</summary>
internal static class TargetSettings
{
    /// <summary>Returns whether a target states any setting.</summary>
    public static bool HasSettings(this Target target) =>
        target.User is not null || target.Port is not null || target.Address is not null || target.ProxyJump is not null || target.IdentityFile is not null;

    /// <summary>Returns the overrides for a target.</summary>
    public static SshOverrides ForTarget(this SshOverrides overrides, Target target) => overrides with
    {
        User = target.User ?? overrides.User,
        Port = target.Port ?? overrides.Port,
        ProxyJump = target.ProxyJump ?? overrides.ProxyJump,
        IdentityFiles = target.IdentityFile is { } identity ? [identity, .. overrides.IdentityFiles] : overrides.IdentityFiles,
        // The first value of a directive wins, so HostName on the command line overrides the address.
        Directives = target.GetHostNameOption() is { } option ? [.. overrides.Directives, option] : overrides.Directives,
    };

    /// <summary>Returns the directive for the address of a target; null if it states none.</summary>
    public static string? GetHostNameOption(this Target target) =>
        target.Address is { } address ? $"HostName={address.Replace("%", "%%", StringComparison.Ordinal)}" : null;
}
