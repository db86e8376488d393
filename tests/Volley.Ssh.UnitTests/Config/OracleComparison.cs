using System.Text;

namespace Volley.Ssh.UnitTests.Config;

/// <summary>Resolves a case both ways.</summary>
internal static class OracleComparison
{
    /// <summary>ssh -G prints these as they are configured; what they expand to is seen at another key.</summary>
    private static readonly string[] Unexpanded = ["identityfile", "certificatefile"];

    private static readonly string[] OldIdentityNames = ["id_xmss", "id_dsa"];

    private static readonly string[] OptionalKeys =
        ["proxyjump", "identityagent", "hostkeyalias", "revokedhostkeys", "bindaddress", "controlpath", "sendenv", "setenv", "certificatefile", "identityfile"];

    /// <summary>Says what differs; null if nothing does.</summary>
    public static async Task<string?> DifferenceAsync(ConfigCase asked)
    {
        using var oracle = new SshOracle();
        var (expected, complaint) = await oracle.ResolveAsync(asked).ConfigureAwait(false);
        SshHostSettings settings;
        bool isJudged;
        try
        {
            var config = SshConfig.Load(oracle.Files);
            settings = config.Resolve(asked.Host, oracle.Fill(asked.Overrides));
            isJudged = !config.HasUnjudgedLines && oracle.Fill(asked.Overrides).Check().Count == 0;
        }
        catch (SshConfigException exception)
        {
            return expected is null ? null : $"ssh accepts it, the reader does not: {exception.Message}";
        }
        if (expected is null)
            return settings.IsPlain && isJudged ? $"the reader accepts it, ssh does not: {complaint}" : null;
        // Where only ssh can tell which blocks apply, it is asked.
        if (settings.NotPlainBecause.Any(reason => reason.StartsWith("Match ", StringComparison.Ordinal)))
            return null;

        var actual = (await SettingsText.WriteAsync(settings).ConfigureAwait(false)).ToLookup(line => line.Key, line => line.Value);
        var difference = new StringBuilder();
        foreach (string key in actual.Select(group => group.Key).Union(OptionalKeys))
        {
            var wanted = expected[key].Select(value => Expand(key, value)).OfType<string>().ToList();
            var got = actual[key].ToList();
            if (Unexpanded.Contains(key) && wanted.Exists(value => value.Contains('%') || value.Contains('$')))
                (wanted, got) = ([$"{wanted.Count}"], [$"{got.Count}"]);
            if (!wanted.SequenceEqual(got))
                difference.AppendLine($"{key}: ssh {string.Join(" | ", wanted)}, reader {string.Join(" | ", got)}");
        }
        return difference.Length == 0 ? null : difference.ToString();
    }

    private static string? Expand(string key, string value)
    {
        string home = SshConfigFiles.Default.HomeDirectory;
        if (key == "identityagent")
            return value == "SSH_AUTH_SOCK" ? null : value.StartsWith('$') ? Environment.GetEnvironmentVariable(value[1..]) ?? "none" : value;
        if (!Unexpanded.Contains(key))
            return value;
        if (value.Equals("none", StringComparison.OrdinalIgnoreCase) || OldIdentityNames.Any(name => value == $"~/.ssh/{name}"))
            return null;
        return value.StartsWith("~/", StringComparison.Ordinal) ? home + value[1..] : value;
    }
}
