namespace Volley.Ssh.Wire;

/// <summary>The reasons for which a channel is not opened (RFC 4254 section 5.1).</summary>
internal static class OpenFailureReason
{
    public const uint AdministrativelyProhibited = 1;
    public const uint ResourceShortage = 4;

    public static string Words(uint reason) => reason switch
    {
        AdministrativelyProhibited => "administratively prohibited",
        2 => "connect failed",
        3 => "unknown channel type",
        ResourceShortage => "resource shortage",
        _ => $"reason {reason}",
    };
}
