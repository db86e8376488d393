using System.ComponentModel;
using Volley.Ssh.Config;
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

    /// <summary>Asks ssh (<c>ssh -G</c>, which contacts nothing) about directives that only it can judge. Without an ssh nothing is known about them.</summary>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransportException">ssh refuses them.</exception>
    public static async Task AskAsync(OpenSshOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (Check(options).Count == 0)
            return;
        string[] words = [options.Program, "-G", "-F", "none", .. options.Options.SelectMany(option => (string[])["-o", option]), "--", "host"];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            await using var ssh = ChildProcess.Start(words, ChildProcess.InheritedEnvironment(), pipeInput: false);
            var text = await OpenSshVersion.ReadAllAsync(ssh, limit.Token).ConfigureAwait(false);
            if (await ssh.Exited.WaitAsync(limit.Token).ConfigureAwait(false) is { Code: OpenSshProcess.OwnFailure })
                throw new TransportException(NodeOutcome.ConnectFailed, $"ssh refuses the options: {OpenSshDiagnosis.OfOptions(text)}; see ssh_config(5)");
        }
        catch (Win32Exception)
        {
            // There may be no host that needs one.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The hosts will show it.
        }
    }
}
