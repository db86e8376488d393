using System.Collections.Immutable;

namespace Volley.Ssh.UnitTests.Config;

/// <summary>A configuration and a host, to be resolved by ssh and by the reader.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Config">The text of the file for -F.</param>
/// <param name="Host">The host.</param>
public sealed record ConfigCase(string Name, string Config, string Host = "foo")
{
    public SshOverrides Overrides { get; init; } = SshOverrides.None;

    /// <summary>Further files, by path relative to HOME.</summary>
    public ImmutableDictionary<string, string> Files { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ConfigCase With(string path, string text) => this with { Files = Files.SetItem(path, text) };

    public ConfigCase With(SshOverrides overrides) => this with { Overrides = overrides };

    public override string ToString() => Name;
}
