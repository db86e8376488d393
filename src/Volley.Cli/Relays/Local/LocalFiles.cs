using Volley.Interop;
using Volley.Interop.Text;
using Volley.Relay;

namespace Volley.Cli.Relays.Local;

/// <summary>The private files of a server and of relays on this machine.</summary>
/// <param name="folder">Their directory.</param>
internal sealed class LocalFiles(string folder)
{
    /// <summary>The user at the server.</summary>
    public const string User = "volley";

    private const string ServerProgram = "nats-server";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Folder => folder;

    /// <summary>The file with the password of <see cref="User"/>.</summary>
    public string Password => Path.Combine(folder, "password");

    /// <summary>The private key that signs jobs.</summary>
    public string SigningKey => Path.Combine(folder, "signing-key");

    /// <summary>The keys whose jobs the relays run.</summary>
    public string AllowedSigners => Path.Combine(folder, "allowed_signers");

    /// <summary>The configuration of the server.</summary>
    public string ServerConfig => Path.Combine(folder, "nats.conf");

    /// <summary>Returns the path of the server's program, which is often not on the PATH of a user.</summary>
    /// <exception cref="RelayException">It is not installed.</exception>
    public static string FindServer()
    {
        var path = $"{SystemEnvironment.Variable("PATH")}:/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin";
        return ProgramPath.FindAll(ServerProgram, path).FirstOrDefault()
            ?? throw new RelayException("--via local:N needs nats-server, which is not installed; run: apt install nats-server");
    }

    /// <summary>Returns 32 random characters.</summary>
    public static string CreateSecret() => Sodium.RandomDigits(32);

    /// <summary>Creates the directory with the credentials and the configuration of the server, and a key.</summary>
    /// <exception cref="RelayException">The key can't be made.</exception>
    public async Task CreateAsync()
    {
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        var password = CreateSecret();
        Write(Password, password);
        // Port -1 is any free one, which the server prints.
        Write(ServerConfig, $$"""
            server_name: "volley-local"
            listen: "127.0.0.1:-1"
            jetstream { store_dir: "{{folder}}/store", max_memory_store: 8G, max_file_store: 8G }
            authorization { user: "{{User}}", password: "{{password}}" }
            """);
        await using var keygen = LocalProcess.Start(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "volley local", "-f", SigningKey]);
        if (await keygen.WaitForExitAsync(CancellationToken.None) is not { ExitCode: 0 })
            throw new RelayException("ssh-keygen could not make a key for the local relays");
        Write(AllowedSigners, $"local namespaces=\"volley-job\" {File.ReadAllText(SigningKey + ".pub")}");
    }

    /// <summary>Removes the directory.</summary>
    public void Remove()
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A process that was killed may still write into it; the directory is private, and small.
        }
    }

    private static void Write(string path, string text)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        using var writer = new StreamWriter(file);
        writer.Write(text);
    }
}
