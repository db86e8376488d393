namespace Volley;

/// <summary>The program by which a command runs as another user.</summary>
public enum ElevationMethod
{
    /// <summary>sudo(8), or sudo-rs. It needs no terminal, unless the target's configuration requires one.</summary>
    Sudo,

    /// <summary>doas(1). It asks for a password only on a terminal.</summary>
    Doas,

    /// <summary>su(1), which runs on a terminal. Its password is that of the user whom the command becomes.</summary>
    Su,
}
