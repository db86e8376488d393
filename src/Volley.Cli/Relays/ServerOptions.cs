using System.Security.Cryptography;
using System.Text;
using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>The options for the NATS server that relays and controllers meet at.</summary>
internal sealed class ServerOptions() : OptionGroup("Server of relays")
{
    public readonly ListOption Server = new(Values.Text, "--server")
    {
        ValueName = "URL",
        Help = "NATS server of the relays: tls://HOST:PORT; several of one cluster with commas, or the option again",
    };
    public readonly Option<string> TlsCa = new(Values.Text, "--tls-ca")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "certificates by which the server's is verified, instead of the system's",
    };
    public readonly Option<string> TlsCertificate = new(Values.Text, "--tls-cert") { ValueName = "FILE", Completes = OptionValues.Files, Help = "certificate for the server" };
    public readonly Option<string> TlsKey = new(Values.Text, "--tls-key") { ValueName = "FILE", Completes = OptionValues.Files, Help = "private key of --tls-cert" };
    public readonly Option<string> Credentials = new(Values.Text, "--nats-creds")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "credentials for the server: a JWT and its nkey",
    };
    public readonly Option<string> Nkey = new(Values.Text, "--nats-nkey") { ValueName = "FILE", Completes = OptionValues.Files, Help = "nkey seed for the server" };
    public readonly Option<string> User = new(Values.Text, "--nats-user") { ValueName = "NAME", Help = "user for the server, with --nats-password-file" };
    public readonly Option<string> PasswordFile = new(Values.Text, "--nats-password-file")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "password of --nats-user: the first line of FILE",
    };
    public readonly Option<string> TokenFile = new(Values.Text, "--nats-token-file")
    {
        ValueName = "FILE",
        Completes = OptionValues.Files,
        Help = "token for the server: the first line of FILE",
    };

    // Only the command line: a file or a variable would take away what protects every run.
    public readonly Flag Insecure = new("--insecure")
    {
        Help = "allow a server without TLS, without credentials, and jobs without a signature",
        IsConfigurable = false,
        HasVariable = false,
    };

    public override IReadOnlyList<Option> Options =>
        [Server, TlsCa, TlsCertificate, TlsKey, Credentials, Nkey, User, PasswordFile, TokenFile, Insecure];

    /// <summary>Checks that a server is named and that the options are consistent.</summary>
    /// <exception cref="UsageException">They are not.</exception>
    public void Check()
    {
        if (!Server.IsGiven)
            throw new UsageException("no server of relays; name it with --server tls://HOST:PORT, or in the configuration: server: tls://HOST:PORT");
        if (TlsKey.IsGiven != TlsCertificate.IsGiven)
            throw (TlsKey.IsGiven ? TlsKey : TlsCertificate).Error("--tls-cert and --tls-key belong together; give both");
        if (User.IsGiven != PasswordFile.IsGiven)
            throw (User.IsGiven ? User : PasswordFile).Error("--nats-user and --nats-password-file belong together; give both");
        Option[] logins = [Credentials, Nkey, User, TokenFile];
        for (var i = 1; i < logins.Length; i++)
        {
            if (logins[..i].FirstOrDefault(logins[i].Contradicts) is { } other)
                throw logins[i].Error($"{other.Name} and {logins[i].Name} are mutually exclusive: both are credentials for the server");
        }
    }

    /// <summary>Returns the server with its credentials, which are read from their files.</summary>
    /// <param name="role">What the connection is for, which the server's administrators see.</param>
    /// <exception cref="UsageException">A file can't be read, or others can read it.</exception>
    public RelayServerOptions Create(string role)
    {
        Check();
        foreach (var file in new[] { Credentials, Nkey, TlsKey }.Where(file => file.IsGiven))
            PasswordSource.CheckPrivate(file);
        foreach (var file in new[] { TlsCa, TlsCertificate }.Where(file => file.IsGiven))
            PasswordSource.CheckReadable(file);
        return new RelayServerOptions
        {
            Urls = [.. Server.Values.SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
            CaFile = TlsCa.Value,
            CertificateFile = TlsCertificate.Value,
            KeyFile = TlsKey.Value,
            CredentialsFile = Credentials.Value,
            NkeyFile = Nkey.Value,
            User = User.Value,
            Password = PasswordFile.IsGiven ? Read(PasswordFile) : null,
            Token = TokenFile.IsGiven ? Read(TokenFile) : null,
            IsInsecure = Insecure.IsGiven,
            Name = role,
        };
    }

    private static string Read(Option<string> file)
    {
        using var secret = PasswordSource.ReadFile(file);
        return GetText(secret);
    }

    /// <summary>Returns a password as text, which no code can overwrite in memory.</summary>
    public static string GetText(SshPassword password)
    {
        var bytes = password.Copy();
        try
        {
            return Encoding.UTF8.GetString(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
