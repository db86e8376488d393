using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace Volley.Relay.Server;

/// <summary>The connection settings of a server: TLS and credentials are required, unless both are given up explicitly.</summary>
internal static class ServerSecurity
{
    /// <exception cref="RelayException">The options are not secure, and not declared so.</exception>
    public static void Check(RelayServerOptions options)
    {
        if (options.Urls.IsDefaultOrEmpty)
            throw new RelayException("no server is named");
        foreach (var url in options.Urls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("tls" or "nats") || parsed.Host.Length == 0)
                throw new RelayException($"'{url}' is no URL of a NATS server; write tls://HOST:PORT");
            if (parsed.UserInfo.Length > 0)
                throw new RelayException($"the URL of {parsed.Host} has a user or a password, which others can read in a list of processes; use a file of credentials");
            if (parsed.Scheme != "tls" && !options.IsInsecure)
                throw new RelayException($"'{url}' has no TLS; write tls://, or allow a connection without it explicitly");
        }

        if (!options.HasCredentials && !options.IsInsecure)
            throw new RelayException("no credentials for the NATS server; give a credentials file, an nkey, a user with a password, a token or a certificate");
    }

    public static NatsOpts CreateOptions(RelayServerOptions options, ILogger logger) => NatsOpts.Default with
    {
        Url = string.Join(',', options.Urls),
        Name = options.Name,
        LoggerFactory = new ServerLog(logger),
        TlsOpts = new NatsTlsOpts
        {
            Mode = options.Urls[0].StartsWith("tls:", StringComparison.Ordinal) ? TlsMode.Require : TlsMode.Auto,
            CaFile = options.CaFile,
            CertFile = options.CertificateFile,
            KeyFile = options.KeyFile,
        },
        AuthOpts = new NatsAuthOpts
        {
            CredsFile = options.CredentialsFile,
            NKeyFile = options.NkeyFile,
            Username = options.User,
            Password = options.Password,
            Token = options.Token,
        },
        MaxReconnectRetry = -1,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(250),
        ReconnectWaitMax = TimeSpan.FromSeconds(2),
        PingInterval = TimeSpan.FromSeconds(5),
        RequestTimeout = TimeSpan.FromSeconds(5),
        CommandTimeout = TimeSpan.FromSeconds(5),
        SubPendingChannelFullMode = System.Threading.Channels.BoundedChannelFullMode.Wait,
    };

    /// <summary>Returns a message for the user about a connection that could not be made.</summary>
    public static string Explain(RelayServerOptions options, Exception failure)
    {
        var server = string.Join(", ", options.Urls);
        var reason = failure.GetBaseException().Message;
        return failure is NATS.Client.JetStream.NatsJSException
            ? $"the NATS server at {server} does not offer JetStream: {reason}; start it with -js, and use an account with JetStream"
            : $"the NATS server at {server} can't be used: {reason}";
    }
}
