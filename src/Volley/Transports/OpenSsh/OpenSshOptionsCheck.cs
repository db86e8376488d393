using System.ComponentModel;
using Volley.Ssh;
using Volley.Transports.Native;
using Volley.Transports.OpenSsh.Log;
using Volley.Transports.Processes;

namespace Volley.Transports.OpenSsh;

/// <summary>Checks options that apply to every host, before any host is contacted.</summary>
internal static class OpenSshOptionsCheck
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Checks the user, the jump hosts and the directives, as far as possible without ssh.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The directives whose values only ssh can check.</returns>
    /// <exception cref="SshConfigException">ssh would reject the options for every host.</exception>
    public static IReadOnlyList<string> Check(SshOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SshOverrides { User = options.User, Port = options.Port, ProxyJump = options.ProxyJump, Directives = options.Directives }.Check();
    }

    /// <summary>
    /// Asks ssh (<c>ssh -G</c>, which contacts no host) about directives of the command line that only ssh can check. It also asks about
    /// the configuration files if they hold such directives, if ssh is used, or if the native transport does not support them. Without an
    /// ssh nothing is checked.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="target">Any target: a file that ssh rejects for one target is rejected for all.</param>
    /// <param name="usesSsh">Whether ssh connects to every target.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="TransportException">ssh rejects the options or the files.</exception>
    public static async Task AskAsync(SshOptions options, Target target, bool usesSsh, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(target);
        if (Check(options).Count > 0
            && await ComplaintAsync(
                options, ["-F", "none", .. OptionArguments(options), "--", "host"], cancellationToken).ConfigureAwait(false) is { } complaint)
        {
            throw new TransportException(
                NodeOutcome.ConnectFailed, $"ssh refuses the options: {OpenSshDiagnosis.ExplainOptionError(complaint)}; see ssh_config(5)");
        }

        if (!CanBeReadAgain(options.ConfigFile) || (!usesSsh && await IsJudgedAsync(options, target, cancellationToken).ConfigureAwait(false)))
            return;
        // CanonicalizeHostname=no, because the check must not look up names.
        string[] file = options.ConfigFile is { } name ? ["-F", name] : [];
        string[] arguments = [.. file, "-o", "CanonicalizeHostname=no", .. OptionArguments(options), "--", target.Host];
        if (await ComplaintAsync(options, arguments, cancellationToken).ConfigureAwait(false) is { } refusal && OpenSshDiagnosis.IsConfigurationError(refusal))
        {
            throw new TransportException(
                NodeOutcome.ConnectFailed, $"ssh refuses its configuration: {OpenSshDiagnosis.ExplainOptionError(refusal)}; see ssh_config(5)");
        }
    }

    private static IEnumerable<string> OptionArguments(SshOptions options) => options.Directives.SelectMany(option => (string[])["-o", option]);

    /// <summary>Returns whether a configuration file can be read twice: it is not a pipe, as in <c>-F &lt;(…)</c>.</summary>
    private static bool CanBeReadAgain(string? path)
    {
        if (path is null or "none")
            return true;
        var file = new FileInfo(path);
        return file.Exists && (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is FileInfo { Exists: true, Length: > 0 };
    }

    /// <summary>Returns whether the configuration is known to be valid for ssh, and the native transport supports it for a target.</summary>
    private static async Task<bool> IsJudgedAsync(SshOptions options, Target target, CancellationToken cancellationToken)
    {
        var configuration = new SshConfiguration(options);
        try
        {
            _ = await configuration.GetNativeRouteAsync(target, cancellationToken).ConfigureAwait(false);
            return !configuration.Context.Configuration.HasUnjudgedLines;
        }
        catch (TransportException failure)
        {
            // Files that take too long to read here would take ssh as long.
            return failure.Limit == TransportLimit.None;
        }
    }

    /// <summary>Returns the output of ssh if it rejects its arguments, else null.</summary>
    private static async Task<string?> ComplaintAsync(SshOptions options, string[] arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            var ssh = ChildProcess.Start([options.Program, "-G", .. arguments], ChildProcess.InheritedEnvironment(), pipeInput: false);
            await using var disposing = ssh.ConfigureAwait(false);
            var text = await OpenSshVersion.ReadAllAsync(ssh, limit.Token).ConfigureAwait(false);
            return await ssh.Exited.WaitAsync(limit.Token).ConfigureAwait(false) is { Code: OpenSshProcess.OwnFailure } ? text : null;
        }
        catch (Win32Exception)
        {
            // There is no ssh, and perhaps no host needs one.
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // ssh hangs. Connecting to the hosts will report that.
            return null;
        }
    }
}
