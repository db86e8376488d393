using Volley.Ssh.Config;
using Volley.Targets;

namespace Volley.Transports;

/// <summary>ssh_config(5) and the options that go before it. The files are read once a run, by the first who asks.</summary>
/// <param name="options">The options.</param>
internal sealed class SshConfiguration(SshOptions options)
{
    private readonly Lazy<SshConfig> _config = new(() => SshConfig.Load(SshConfigFiles.Default with { OnlyFile = options.ConfigFile }));

    /// <summary>The files.</summary>
    /// <exception cref="SshConfigException">They can't be understood.</exception>
    public SshConfig Config => _config.Value;

    /// <summary>What the options say about a target. For its jump hosts they say nothing, as in ssh.</summary>
    public SshOverrides OverridesFor(Target target) => new()
    {
        User = target.User ?? options.User,
        Port = target.Port ?? options.Port,
        IdentityFiles = options.IdentityFiles,
        ProxyJump = options.Jump,
        Options = options.Options,
    };
}
