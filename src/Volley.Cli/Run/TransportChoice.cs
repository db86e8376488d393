namespace Volley.Cli.Run;

/// <summary>The transport to the hosts. In lower case, a name is a value of <c>--transport</c>.</summary>
internal enum TransportChoice
{
    /// <summary>The fastest transport that treats the target as <c>ssh HOST</c> would.</summary>
    Auto,

    /// <summary>The system's ssh.</summary>
    OpenSsh,

    /// <summary>The SSH implementation in this process.</summary>
    Native,

    /// <summary>A local process for each target.</summary>
    Exec,
}

/// <summary>The properties of the transports.</summary>
internal static class TransportChoices
{
    /// <summary>Returns whether a transport connects by SSH. The others start a local process for each target.</summary>
    public static bool UsesSsh(this TransportChoice choice) => choice is TransportChoice.Auto or TransportChoice.OpenSsh or TransportChoice.Native;

    /// <summary>Returns the name of a transport as a value of <c>--transport</c>.</summary>
    public static string GetName(this TransportChoice choice) => choice.ToString().ToLowerInvariant();
}
