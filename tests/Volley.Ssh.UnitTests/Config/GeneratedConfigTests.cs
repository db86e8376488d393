using CsCheck;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Config;

public class GeneratedConfigTests
{
    private const int AskedOfSsh = 250;

    private static readonly Gen<string> Name = Of("foo", "bar", "foo.example", "web1", "Foo", "10.0.0.7", "real");
    private static readonly Gen<string> Pattern = Of("foo", "bar", "*", "f*", "*.example", "web?", "real", "10.*", "Foo", "fo?", "*o*");
    private static readonly Gen<string> Path = Of("~/a", "/b/%h", "/c/%r@%n:%p", "\"/d e\"", "none", "~/f-%C", "/%k-%L-%%", "${HOME}/g");
    private static readonly Gen<string> Flag = Of("yes", "no", "true", "False");
    private static readonly Gen<string> Word = Of("a", "b", "\"c d\"", "e#f", "'g'");

    private static readonly Gen<string> Directive = Gen.OneOf(
        Argument("User", Word), Argument("Port", Gen.Int[1, 70000].Select(port => $"{port}")),
        Argument("HostName", Of("real", "Real.Example", "%h.example", "127.1", "x%%", "10.0.0.7")),
        Argument("IdentityFile", Path), Argument("CertificateFile", Path), Argument("ControlPath", Path),
        Argument("UserKnownHostsFile", Path), Argument("GlobalKnownHostsFile", Path), Argument("RevokedHostKeys", Path),
        Argument("IdentitiesOnly", Flag), Argument("HashKnownHosts", Flag), Argument("BatchMode", Flag),
        Argument("StrictHostKeyChecking", Of("yes", "no", "ask", "off", "accept-new", "maybe")),
        Argument("ConnectTimeout", Time), Argument("ServerAliveInterval", Time), Argument("ControlPersist", Gen.OneOf(Time, Flag)),
        Argument("ServerAliveCountMax", Gen.Int[0, 9].Select(count => $"{count}")),
        Argument("ProxyJump", Of("none", "gate", "u@gate:3,b", "ssh://gate:4", "[::1]:5")),
        Argument("ProxyCommand", Of("none", "nc %h %p")),
        Argument("SendEnv", Of("A", "LC_* LANG", "-A", "-*", "B C")), Argument("SetEnv", Of("A=1", "B=2 A=3", "C=")),
        Argument("Ciphers", List(Of("aes128-ctr", "aes256-ctr", "aes128-gcm@openssh.com"))),
        Argument("MACs", List(Of("hmac-sha2-256", "hmac-sha1", "umac-64@openssh.com"))),
        Argument("HostKeyAlgorithms", List(Of("ssh-ed25519", "rsa-sha2-*", "*-cert-*", "ssh-rsa"))),
        Argument("HostKeyAlias", Word), Argument("IdentityAgent", Path), Argument("LogLevel", Of("info", "DEBUG2", "QUIET")),
        Argument("AddressFamily", Of("any", "inet", "inet6")), Argument("ControlMaster", Of("yes", "auto", "no")),
        Argument("VisualHostKey", Flag), Argument("ForwardAgent", Flag), Argument("Include", Of("part", "p*", "missing part")));

    private static readonly Gen<string> Criterion = Gen.Select(
        Of("", "!"),
        Gen.OneOf(
            Of("final", "canonical"),
            Gen.Select(Of("host", "originalhost", "user", "localuser"), Gen.OneOf(Pattern, Name).List[1, 3],
                (kind, patterns) => $"{kind} {string.Join(',', patterns)}")),
        (not, criterion) => not + criterion);

    private static readonly Gen<string> BlockLine = Gen.OneOf(
        Gen.Select(Of("", "!"), Pattern, (not, pattern) => not + pattern).List[1, 3].Select(patterns => "Host " + string.Join(' ', patterns)),
        Criterion.List[1, 3].Select(criteria => "Match " + string.Join(' ', criteria)),
        Of("Match all", "Match final all", "Host *"));

    private static readonly Gen<string> Text = Gen.Select(BlockLine, Directive.List[0, 5], (block, lines) => $"{block}\n{string.Join('\n', lines)}\n")
        .List[0, 5].Select(blocks => string.Concat(blocks));

    private static readonly Gen<SshOverrides> Overrides = Gen.Select(Gen.Bool.Select(bob => bob ? "bob" : null), Directive.Where(line => !line.StartsWith("Include", StringComparison.Ordinal)).List[0, 2],
        (user, options) => new SshOverrides { User = user, Directives = options });

    private static readonly Gen<string> Fragment = Gen.OneOf(
        Of("Host", "Match", "Include", "Port", "User", "IdentityFile", "ProxyJump", "SetEnv", "Ciphers", "IdentityAgent", "ControlPath",
            "ConnectTimeout", "HostName", "final", "all", "exec", "foo", "none", "ssh://", "${", "}", "%h", "%", "~", "22", "1m"),
        Gen.Char["\"'\\=#!*?[],@:;.-+^$ \t\r\n\n\n\0\f\u00e9"].Select(c => $"{c}"),
        Gen.Const(" "), Gen.Const("\n"), Gen.Char.Select(c => c == '/' ? "" : $"{c}"));

    private static Gen<string> Time => Of("none", "0", "90", "1m30s", "2H", "1w", "5x", "\"\"");

    [Fact]
    public async Task AnyConfigurationMeansWhatItMeansToSsh() =>
        await Gen.Select(Text, Text, Name, Overrides).SampleAsync(
            async (text, part, host, overrides) =>
            {
                var asked = new ConfigCase("generated", text, host).With(".ssh/part", part).With(overrides);
                if (part.Contains("Include", StringComparison.Ordinal))
                    asked = asked.With(".ssh/part", part.Replace("Include", "# Include", StringComparison.Ordinal));
                string? difference = await OracleComparison.DifferenceAsync(asked);
                Assert.True(difference is null, $"{difference}\n--- {host} {overrides.User} {string.Join(" | ", overrides.Directives)}\n{text}\n--- part\n{part}");
            },
            iter: AskedOfSsh);

    [Fact]
    public void AnyTextIsReadOrRefused()
    {
        string folder = Directory.CreateTempSubdirectory("volley-config-").FullName;
        try
        {
            var files = new SshConfigFiles { Variable = name => name == "HOME" ? folder : null };
            Gen.Select(Fragment.List[0, 40], Fragment.List[0, 6], (text, option) => (Text: string.Concat(text), Option: string.Concat(option))).Sample(
                sample =>
                {
                    string file = System.IO.Path.Combine(folder, $"config-{Environment.CurrentManagedThreadId}");
                    File.WriteAllText(file, sample.Text);
                    try
                    {
                        SshConfig.Load(files with { OnlyFile = file }).Resolve("foo", new SshOverrides { ProxyJump = sample.Option, Directives = [sample.Option] });
                    }
                    catch (SshConfigException exception)
                    {
                        Assert.NotEmpty(exception.Message);
                    }
                },
                iter: TestRun.IsLong ? 20_000 : 5_000);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Gen<string> Of(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<string> Argument(string keyword, Gen<string> value) =>
        Gen.Select(Of(keyword, "  " + keyword, keyword.ToLowerInvariant()), Of(" ", "=", " = ", "\t"), value, Of("", " ", " "),
            (name, separator, argument, end) => name + separator + argument + end);

    private static Gen<string> List(Gen<string> name) =>
        Gen.Select(Of("", "+", "-", "^"), name.List[1, 3], (change, names) => change + string.Join(',', names));
}
