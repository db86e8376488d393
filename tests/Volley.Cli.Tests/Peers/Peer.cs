namespace Volley.Cli.Tests.Peers;

/// <summary>What a server can do beyond running a command and passing on its output.</summary>
[Flags]
internal enum PeerAbilities
{
    None = 0,

    /// <summary>Standard input reaches the command, and standard error comes apart from standard output.</summary>
    Streams = 1,

    /// <summary>It tells the command's exit code; others always tell 0.</summary>
    ExitCodes = 2,

    /// <summary>It tells the signal that ended a command (exit-signal); others tell 128 and its number.</summary>
    ExitSignals = 4,

    /// <summary>It accepts RSA keys of users, and says so as ssh wants it (server-sig-algs).</summary>
    RsaKeys = 8,

    /// <summary>It has algorithms that the native transport has.</summary>
    NativeAlgorithms = 16,

    All = Streams | ExitCodes | ExitSignals | RsaKeys | NativeAlgorithms,
}

/// <summary>A server under the name of a host.</summary>
internal sealed record Peer(string Host, int Port, string User, PeerAbilities Abilities)
{
    public bool Has(PeerAbilities abilities) => (Abilities & abilities) == abilities;
}
