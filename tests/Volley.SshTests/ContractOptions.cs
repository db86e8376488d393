using System.Collections.Immutable;
using Volley.Transports.OpenSsh;
using Volley.Transports;

namespace Volley.SshTests;

/// <summary>What every transport over SSH can be told, as far as the contracts turn it.</summary>
public sealed record ContractOptions
{
    public required string ConfigFile { get; init; }

    public string? User { get; init; }

    public int? Port { get; init; }

    public ImmutableArray<string> IdentityFiles { get; init; } = [];

    public string? Jump { get; init; }

    public ImmutableArray<string> Options { get; init; } = [];

    public TimeSpan DefaultConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan? ConnectTimeout { get; init; }

    public TimeSpan? ServerAliveInterval { get; init; }

    public int? ServerAliveCountMax { get; init; }

    internal SshOptions ForNative() => new()
    {
        ConfigFile = ConfigFile,
        User = User,
        Port = Port,
        IdentityFiles = IdentityFiles,
        Jump = Jump,
        Options = Options,
        DefaultConnectTimeout = DefaultConnectTimeout,
        ConnectTimeout = ConnectTimeout,
        ServerAliveInterval = ServerAliveInterval,
        ServerAliveCountMax = ServerAliveCountMax,
    };

    internal OpenSshOptions ForOpenSsh(bool multiplex) => new()
    {
        ConfigFile = ConfigFile,
        User = User,
        Port = Port,
        IdentityFiles = IdentityFiles,
        Jump = Jump,
        Options = Options,
        DefaultConnectTimeout = DefaultConnectTimeout,
        ConnectTimeout = ConnectTimeout,
        ServerAliveInterval = ServerAliveInterval,
        ServerAliveCountMax = ServerAliveCountMax,
        Multiplex = multiplex,
    };
}
