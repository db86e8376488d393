using Volley.Ssh.Keys;

namespace Volley.Ssh.Agent;

/// <summary>A key or certificate in an agent, which signs with it.</summary>
internal sealed class AgentKey(AgentClient agent, string label, string keyType, byte[] publicBlob, IReadOnlyList<string> algorithms) : UserKey
{
    public override string Label => label;

    /// <summary>Whether the agent signs only if it knows which host requests it (ssh-add -h).</summary>
    public bool IsBoundToHosts { get; set; }

    public override string KeyType => keyType;

    public override ReadOnlyMemory<byte> PublicBlob => publicBlob;

    public override IReadOnlyList<string> SignatureAlgorithms => algorithms;

    public override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken) =>
        agent.SignAsync(this, algorithm, data, session, cancellationToken);
}
