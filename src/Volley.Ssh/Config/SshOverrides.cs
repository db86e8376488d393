namespace Volley.Ssh.Config;

/// <summary>What the command line says about a host: it comes before every file, the named properties before <see cref="Options"/>.</summary>
public sealed record SshOverrides
{
    /// <summary>Nothing.</summary>
    public static SshOverrides None { get; } = new();

    /// <summary>The login name (ssh's -l).</summary>
    public string? User { get; init; }

    /// <summary>The port (-p), 1 to 65535.</summary>
    public int? Port { get; init; }

    /// <summary>Identity files (-i), before the configured ones. As in ssh, one that does not exist is left out.</summary>
    public IReadOnlyList<string> IdentityFiles { get; init; } = [];

    /// <summary>Jump hosts (-J): <c>[user@]host[:port]</c> or <c>ssh://</c> URIs, separated by commas, or "none".</summary>
    public string? ProxyJump { get; init; }

    /// <summary>Directives (-o), each <c>KEY=VALUE</c> or <c>KEY VALUE</c>, the first one first.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Checks what holds for every host.</summary>
    /// <returns>The directives whose values only ssh can judge, as they were given.</returns>
    /// <exception cref="SshConfigException">ssh would refuse every host: a bad name of a user or jump host, a bad directive or value, or an unknown token.</exception>
    public IReadOnlyList<string> Check()
    {
        if (ProxyJump is { } jump)
            JumpHosts.Check(jump);
        var unjudged = new List<string>();
        foreach (string option in Options)
        {
            try
            {
                if (OverrideReader.ReadOption(option, SshConfigFiles.Default) is { IsJudged: false })
                    unjudged.Add(option);
            }
            catch (SshConfigException failure)
            {
                throw new SshConfigException($"-o {option}: {failure.Message[(ConfigPlace.CommandLine.File.Length + 2)..]}", failure.File, failure.Line, failure);
            }
        }

        // Tokens and variables are expanded for a host; it is another one each time, but what is missing is missing for all.
        SshConfig.Load(SshConfigFiles.Default with { OnlyFile = "none" }).Resolve("host", this);
        return unjudged;
    }
}
