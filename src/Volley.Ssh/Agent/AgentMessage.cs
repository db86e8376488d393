namespace Volley.Ssh.Agent;

/// <summary>The message numbers of the agent protocol (draft-ietf-sshm-ssh-agent).</summary>
internal static class AgentMessage
{
    public const byte Failure = 5;
    public const byte Success = 6;
    public const byte RequestIdentities = 11;
    public const byte IdentitiesAnswer = 12;
    public const byte SignRequest = 13;
    public const byte SignResponse = 14;
    public const byte Extension = 27;

    /// <summary>The extension that tells an agent which host the connection serves (OpenSSH's PROTOCOL.agent).</summary>
    public const string BindSession = "session-bind@openssh.com";

    /// <summary>The longest message: ssh-agent's own limit.</summary>
    public const int MaxLength = 256 * 1024;
}
