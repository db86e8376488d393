using System.Security.Cryptography;
using System.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Keys.Files;
using Volley.Ssh.Signatures;
using Volley.Testing;
using Xunit;

namespace Volley.Ssh.UnitTests.Keys;

/// <summary>Keys that the installed ssh-keygen and openssl make, and what they say about ours.</summary>
internal sealed class KeyFolder : IDisposable
{
    private int _lastFile;

    public string Folder { get; } = Directory.CreateTempSubdirectory("volley-keys-").FullName;

    public string NewPath(string name = "key") => Path.Combine(Folder, $"{name}{Interlocked.Increment(ref _lastFile)}");

    /// <summary>Makes a key and returns its path; the public one lies beside it.</summary>
    public async Task<string> GenerateAsync(params string[] arguments)
    {
        var path = NewPath();
        await RunAsync("ssh-keygen", ["-q", "-f", path, .. arguments.Contains("-N") ? arguments : [.. arguments, "-N", ""]]);
        return path;
    }

    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments)
    {
        var result = await ProgramRun.RunAsync(new ProgramStart(program, arguments), TimeSpan.FromSeconds(60));
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result}");
        return result.Stdout;
    }

    /// <summary>Starts the real ssh-agent with some of the keys.</summary>
    public static async Task<ProgramRun> StartAgentAsync(string socket, params string[] paths)
    {
        var agent = ProgramRun.Start(new ProgramStart("ssh-agent", "-D", "-a", socket));
        await agent.ReadOutUntilAsync("SSH_AUTH_SOCK");
        foreach (var path in paths)
            await AddToAgentAsync(socket, path);
        return agent;
    }

    public static Task AddToAgentAsync(string socket, string path) => RunAsync("env", [$"SSH_AUTH_SOCK={socket}", "ssh-add", "-q", path]);

    /// <summary>The blob of a public key or certificate, as it lies beside a key.</summary>
    public static byte[] PublicBlob(string path) => Convert.FromBase64String(File.ReadAllText(path).Split(' ')[1]);

    /// <summary>Has ssh-keygen check a signature of ours: one of a file (PROTOCOL.sshsig).</summary>
    public async Task AssertSignsAsync(UserKey key, string? algorithm = null)
    {
        var message = RandomNumberGenerator.GetBytes(300);
        var unsigned = new SignatureFields(key.PublicBlob, "volley", "sha512", default);
        var signature = await key.SignAsync(
            algorithm ?? key.SignatureAlgorithms[0], unsigned.Covered(SHA512.HashData(message)), null, TestContext.Current.CancellationToken);
        var file = (unsigned with { Signature = signature }).ToArray();
        var path = NewPath("signature");
        await File.WriteAllTextAsync(path, $"-----BEGIN SSH SIGNATURE-----\n{Convert.ToBase64String(file, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\n")}\n-----END SSH SIGNATURE-----\n");
        var check = await ProgramRun.RunAsync(
            new ProgramStart("ssh-keygen", "-Y", "check-novalidate", "-n", "volley", "-s", path) { Input = message }, TimeSpan.FromSeconds(60));
        Assert.True(check.ExitCode == 0, check.ToString());
    }

    public static PrivateKey Open(string path, string passphrase = "")
    {
        using var file = PrivateKeyFile.Read(path);
        return Assert.IsType<PrivateKey>(file.Open(Encoding.UTF8.GetBytes(passphrase)), exactMatch: false);
    }

    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    /// <summary>A string of RFC 4251.</summary>
    public static byte[] Field(string value) => Field(Encoding.UTF8.GetBytes(value));

    /// <summary>A string of RFC 4251.</summary>
    public static byte[] Field(byte[] value) => [.. Wire.UInt32((uint)value.Length), .. value];

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
