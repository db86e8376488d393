using Volley.Ssh.Config.Keywords;
using Volley.Ssh.Config.Resolving;
using Volley.Ssh.Config.Syntax;

namespace Volley.Ssh;

/// <summary>The settings of a host on the command line. They precede all files, and the named properties precede <see cref="Directives"/>.</summary>
public sealed record SshOverrides
{
    /// <summary>No overrides.</summary>
    public static SshOverrides None { get; } = new();

    /// <summary>The login name (ssh's -l).</summary>
    public string? User { get; init; }

    /// <summary>The port (-p), 1 to 65535.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a port.</exception>
    public int? Port { get; init => field = Argument.Port(value, nameof(Port)); }

    /// <summary>The identity files (-i), which precede the configured ones. As in ssh, missing files are ignored.</summary>
    /// <exception cref="ArgumentException">The value or an element is null.</exception>
    public IReadOnlyList<string> IdentityFiles { get; init => field = Argument.Elements(value, nameof(IdentityFiles)); } = [];

    /// <summary>Jump hosts (-J): <c>[user@]host[:port]</c> or <c>ssh://</c> URIs, separated by commas, or "none".</summary>
    public string? ProxyJump { get; init; }

    /// <summary>The directives (-o), each <c>KEY=VALUE</c> or <c>KEY VALUE</c>, in order.</summary>
    /// <exception cref="ArgumentException">The value or an element is null.</exception>
    public IReadOnlyList<string> Directives { get; init => field = Argument.Elements(value, nameof(Directives)); } = [];

    /// <summary>Checks the values, independently of a host.</summary>
    /// <returns>The directives, as given, that only the installed ssh can validate.</returns>
    /// <exception cref="SshConfigException">
    /// ssh would refuse every host: the name of a user or jump host, a directive, its value or a token is invalid.
    /// </exception>
    public IReadOnlyList<string> Check()
    {
        if (ProxyJump is { } jump)
            JumpHosts.Check(jump);
        var unjudged = new List<string>();
        foreach (string option in Directives)
        {
            try
            {
                if (OverrideReader.ReadOption(option, SshConfigFiles.Default) is { IsJudged: false })
                    unjudged.Add(option);
            }
            catch (SshConfigException failure)
            {
                var message = failure.Message[(ConfigPlace.CommandLine.File.Length + 2)..];
                throw new SshConfigException($"-o {option}: {message}", failure.File, failure.Line, failure);
            }
        }

        // Tokens and variables are expanded per host, but an unknown one fails for any host.
        SshConfig.Load(SshConfigFiles.Default with { OnlyFile = "none" }).Resolve("host", this);
        return unjudged;
    }
}
