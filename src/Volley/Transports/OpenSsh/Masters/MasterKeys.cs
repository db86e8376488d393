using System.Collections.Concurrent;
using System.ComponentModel;
using System.Globalization;
using System.Text;
using Org.BouncyCastle.Crypto.Digests;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Ssh;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>
/// Computes the keys under which connections are shared: digests of everything that affects a connection. A run never gets the
/// connection of another user, port, key, jump host, option or configuration. The part that all hosts share is computed once per run.
/// </summary>
internal sealed class MasterKeys(SshOptions options, OpenSshLauncher launcher, MasterDirectory directory, SshConfiguration configuration)
{
    /// <summary>Variables that ssh uses although no file names them.</summary>
    private static readonly string[] OwnVariables = ["SSH_AUTH_SOCK", "KRB5CCNAME", "HOME", "USER"];

    // Replaces a part that can't be determined. It is unique to this run, so no other run gets the connection.
    private readonly string _unknown = Sodium.RandomDigits(32);
    private readonly Lazy<string> _common = new(() => ComputeCommon(options, configuration.Files));
    private readonly ConcurrentDictionary<string, string?> _stamps = [];
    private readonly ConcurrentDictionary<(string Route, bool IsHop), Task<string>> _printed = [];

    /// <summary>Returns the key: 12 characters that are safe in a file name.</summary>
    public async ValueTask<string> ComputeAsync(MasterRequest request, CancellationToken cancellationToken)
    {
        var text = new KeyText();
        text.Add(_common.Value);
        if (configuration.Files is null)
            text.Add(_unknown);
        await AddAsync(text, request, isHop: false, cancellationToken).ConfigureAwait(false);
        foreach (var hop in request.ForHops())
            await AddAsync(text, hop, isHop: true, cancellationToken).ConfigureAwait(false);
        return text.Digest();
    }

    private static string ComputeCommon(SshOptions options, SshConfig? files)
    {
        var text = new KeyText();
        text.Add(Environment.UserName);
        // Includes the forced directives, because an older version of this program may have lacked some.
        text.Add(OpenSshConfig.Text(options, RunPlan.DefaultConnectTimeout));
        text.AddAll(files?.Files ?? []);
        foreach (var variable in OwnVariables.Concat(files?.Variables ?? []).Concat(options.Directives.SelectMany(SshConfig.FindVariables)).Distinct())
        {
            text.Add(variable);
            text.Add(SystemEnvironment.Variable(variable));
        }

        return text.Digest();
    }

    private async ValueTask AddAsync(KeyText text, MasterRequest request, bool isHop, CancellationToken cancellationToken)
    {
        var (target, own) = (request.Target, request.Command.Options);
        text.Add(target.Host);
        text.Add(target.User ?? own.User);
        text.Add((target.Port ?? own.Port)?.ToString(CultureInfo.InvariantCulture));
        text.Add(request.Route.Via?.Name);
        text.AddAll(own.IdentityFiles.Select(SystemFile.FullPath));
        if (target.IdentityFile is not null || target.Address is not null || target.ProxyJump is not null)
            text.AddAll([target.IdentityFile ?? "", target.Address ?? "", target.ProxyJump ?? ""]);
        text.AddAll(own.Directives);
        text.Add(own.HostKeyPolicy?.ToString());
        if (own.ForwardAgent)
            text.Add(OpenSshConfig.AgentKeyword);
        if (request.Route.Settings is { } settings)
        {
            await StampAsync(settings, cancellationToken).ConfigureAwait(false);
            AddSettings(text, settings);
        }

        // Without settings (ssh rejects the name, or a file can't be read) the key consists of the parts above.
        if (request.Route.Settings is { HasUnknownConditions: true } && (options.Keep is not null || (options.Reuse && directory.HasShared)))
            text.Add(await GetPrintedAsync(request, isHop).WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    private void AddSettings(KeyText text, SshHostSettings settings)
    {
        text.Add(settings.HostName);
        text.Add(settings.User);
        text.Add(settings.Port.ToString(CultureInfo.InvariantCulture));
        foreach (var identity in settings.IdentityFiles)
        {
            text.Add(identity);
            text.Add(_stamps[identity]);
            text.Add(_stamps[GetCertificatePath(identity)]);
        }

        text.AddAll(settings.CertificateFiles);
        text.AddAll(settings.CertificateFiles.Select(file => _stamps[file]));
        text.Add(settings.IdentityAgent);
        text.Add(settings.IdentitiesOnly.ToString());
        text.AddAll(settings.ProxyJump.Select(hop => hop.ToString()));
        text.Add(settings.StrictHostKeyChecking?.ToString());
        text.AddAll(settings.UserKnownHostsFiles);
        text.AddAll(settings.GlobalKnownHostsFiles);
        text.Add(settings.HostKeyAlias);
        text.Add(settings.RevokedHostKeys);
        text.Add(settings.AddressFamily.ToString());
        text.Add(settings.BindAddress);
    }

    /// <summary>Stamps the files of keys and certificates, each once per run.</summary>
    private async ValueTask StampAsync(SshHostSettings settings, CancellationToken cancellationToken)
    {
        string[] files = [.. settings.IdentityFiles, .. settings.IdentityFiles.Select(GetCertificatePath), .. settings.CertificateFiles];
        if (files.All(_stamps.ContainsKey))
            return;
        var stamps = await configuration.LookAtFilesAsync(() => files.Select(FileStatus.Stamp).ToArray(), cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < files.Length; i++)
            _stamps.TryAdd(files[i], stamps[i]);
    }

    /// <summary>Returns the path of the certificate that ssh looks for beside a key.</summary>
    private static string GetCertificatePath(string identity) => identity + "-cert.pub";

    /// <summary>Returns ssh's evaluation of conditions that only ssh can evaluate, such as Match exec. It is computed once per run.</summary>
    private Task<string> GetPrintedAsync(MasterRequest request, bool isHop) => _printed.GetOrAdd(
        (request.Route.Key, isHop), (_, request) => PrintAsync(request), request);

    private async Task<string> PrintAsync(MasterRequest request)
    {
        try
        {
            using var limit = new CancellationTokenSource(OpenSshLauncher.PrintLimit);
            return await launcher.PrintConfigurationAsync(request.Command, request.Target, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is ChildStartException or Win32Exception or IOException or OperationCanceledException)
        {
            // The connection attempt will fail in the same way, and report it.
            return _unknown;
        }
    }

    /// <summary>A sequence of texts in an unambiguous encoding.</summary>
    private sealed class KeyText
    {
        private readonly StringBuilder _text = new();

        /// <summary>Adds a text. Null differs from an empty text.</summary>
        public void Add(string? value) => _text.Append(value is null ? "-" : $"{value.Length}:{value}").Append('\n');

        /// <summary>Adds texts and an end mark.</summary>
        public void AddAll(IEnumerable<string?> values)
        {
            foreach (var value in values)
                Add(value);
            _text.Append(".\n");
        }

        public string Digest()
        {
            // The digest of the base library would load OpenSSL first, which takes longer than a warm run.
            var digest = new Sha256Digest();
            digest.BlockUpdate(SystemText.Encode(_text.ToString()));
            var hash = new byte[digest.GetDigestSize()];
            digest.DoFinal(hash);
            return Convert.ToHexStringLower(hash)[..12];
        }
    }
}
