namespace Volley.Ssh.Authentication;

/// <summary>A key or certificate that an agent holds, and signs by.</summary>
internal sealed class AgentKey(AgentClient agent, string label, string keyType, byte[] publicBlob, IReadOnlyList<string> algorithms) : UserKey
{
    public override string Label => label;

    public override string KeyType => keyType;

    public override ReadOnlyMemory<byte> PublicBlob => publicBlob;

    public override IReadOnlyList<string> SignatureAlgorithms => algorithms;

    public override ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        agent.SignAsync(this, algorithm, data, cancellationToken);
}
