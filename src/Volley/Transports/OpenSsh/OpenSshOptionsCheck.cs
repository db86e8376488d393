using System.ComponentModel;
using Volley.Ssh.Config;
using Volley.Targets;
using Volley.Transports.Native;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>Checks options that hold for every host, before any is contacted.</summary>
public static class OpenSshOptionsCheck
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Checks the user, the jump hosts and the directives as far as that needs no ssh.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The directives whose values only ssh can judge.</returns>
    /// <exception cref="SshConfigException">ssh would refuse every host.</exception>
    public static IReadOnlyList<string> Check(SshOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SshOverrides { User = options.User, Port = options.Port, ProxyJump = options.Jump, Options = options.Options }.Check();
    }

    /// <summary>
    /// Asks ssh (<c>ssh -G</c>, which contacts nothing) about directives of the command line that only it can judge, and about
    /// configuration files where ssh is used or where the native transport can't do what they say. Without an ssh nothing is known about them.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="target">A target: a file that ssh refuses for one it refuses for all.</param>
    /// <param name="usesSsh">Whether ssh connects to every target.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">ssh refuses them.</exception>
    public static async Task AskAsync(OpenSshOptions options, Target target, bool usesSsh, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(target);
        if (Check(options).Count > 0
            && await ComplaintAsync(options, ["-F", "none", .. Words(options), "--", "host"], cancellationToken).ConfigureAwait(false) is { } complaint)
        {
            throw new TransportException(NodeOutcome.ConnectFailed, $"ssh refuses the options: {OpenSshDiagnosis.OfOptions(complaint)}; see ssh_config(5)");
        }

        if (!CanBeReadAgain(options.ConfigFile) || (!usesSsh && await IsReadAsync(options, target, cancellationToken).ConfigureAwait(false)))
            return;
        // Names are not looked up for this.
        string[] words = [.. options.ConfigFile is { } file ? ["-F", file] : (string[])[], "-o", "CanonicalizeHostname=no", .. Words(options), "--", target.Host];
        if (await ComplaintAsync(options, words, cancellationToken).ConfigureAwait(false) is { } refusal && OpenSshDiagnosis.IsOfFiles(refusal))
            throw new TransportException(NodeOutcome.ConnectFailed, $"ssh refuses its configuration: {OpenSshDiagnosis.OfOptions(refusal)}; see ssh_config(5)");
    }

    private static IEnumerable<string> Words(OpenSshOptions options) => options.Options.SelectMany(option => (string[])["-o", option]);

    /// <summary>Whether a configuration file stays as it is when it is read: not a pipe, as in <c>-F &lt;(…)</c>.</summary>
    private static bool CanBeReadAgain(string? path)
    {
        if (path is null or "none")
            return true;
        var file = new FileInfo(path);
        return file.Exists && (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is FileInfo { Exists: true, Length: > 0 };
    }

    /// <summary>Whether the native transport can do what is configured for a target.</summary>
    private static async Task<bool> IsReadAsync(OpenSshOptions options, Target target, CancellationToken cancellationToken)
    {
        try
        {
            _ = await new RouteTable(new SshConfiguration(options)).GetAsync(target, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TransportException failure)
        {
            // What takes too long to read would take ssh as long.
            return failure.Limit == TransportLimit.None;
        }
    }

    /// <summary>Returns what ssh prints if it refuses what it is asked about, else null.</summary>
    private static async Task<string?> ComplaintAsync(OpenSshOptions options, string[] words, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            await using var ssh = ChildProcess.Start([options.Program, "-G", .. words], ChildProcess.InheritedEnvironment(), pipeInput: false);
            var text = await OpenSshVersion.ReadAllAsync(ssh, limit.Token).ConfigureAwait(false);
            return await ssh.Exited.WaitAsync(limit.Token).ConfigureAwait(false) is { Code: OpenSshProcess.OwnFailure } ? text : null;
        }
        catch (Win32Exception)
        {
            // There may be no host that needs one.
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The hosts will show it.
            return null;
        }
    }
}
