using Volley.Ssh;
using Volley.Transports;
using Volley.Transports.Auto;
using Volley.Transports.OpenSsh;
using Volley.Transports.OpenSsh.Prompts;

namespace Volley;

/// <summary>What a program does with the system's ssh besides running plans: passwords, options, and connections that are kept.</summary>
public static class OpenSsh
{
    /// <summary>
    /// Answers ssh if it started this program to get <see cref="SshOptions.Password"/> (SSH_ASKPASS in ssh(1)). A program that sets a password
    /// calls it at the beginning of its <c>Main</c>. Transports that pass the password to ssh refuse the options of a program that has not called it,
    /// because ssh would run the whole program once more.
    /// </summary>
    /// <example>
    /// <code>
    /// if (OpenSsh.TryAnswerPrompt(args, out var exitCode))
    ///     return exitCode;
    /// </code>
    /// </example>
    /// <param name="arguments">The arguments of the program, as its <c>Main</c> gets them.</param>
    /// <param name="exitCode">The exit code for ssh: 0, or 1 if there is no answer to the prompt.</param>
    /// <returns>Whether ssh started the program. It must end with the exit code then.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="arguments"/> is null.</exception>
    public static bool TryAnswerPrompt(IReadOnlyList<string> arguments, out int exitCode)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        Askpass.Register(arguments);
        var prompt = Askpass.FindPrompt();
        exitCode = prompt is null ? 0 : Askpass.Answer(prompt);
        return prompt is not null;
    }

    /// <summary>Checks the user, the jump hosts and the directives, as far as possible without ssh and before any host is contacted.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The directives whose values only ssh can check.</returns>
    /// <exception cref="SshConfigException">ssh would reject the options for every host.</exception>
    public static IReadOnlyList<string> CheckOptions(SshOptions options) => OpenSshOptionsCheck.Check(options);

    /// <summary>
    /// Asks ssh (<c>ssh -G</c>, which contacts no host) about directives that only ssh can check. It also asks about the configuration files if
    /// they hold such directives, if ssh is used, or if the native transport does not support them. Without an ssh nothing is checked.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="target">Any target: a file that ssh rejects for one target is rejected for all.</param>
    /// <param name="usesSsh">Whether ssh connects to every target.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <returns>A task that completes when ssh has answered.</returns>
    /// <exception cref="TransportException">ssh rejects the options or the files.</exception>
    public static Task CheckOptionsAsync(SshOptions options, Target target, bool usesSsh, CancellationToken cancellationToken = default) =>
        OpenSshOptionsCheck.AskAsync(options, target, usesSsh, cancellationToken);

    /// <summary>
    /// Checks that there is an agent to forward (<see cref="SshOptions.ForwardAgent"/>): that of IdentityAgent, else of SSH_AUTH_SOCK. No host is contacted.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <returns>A task that completes when an agent was found. Other targets may still have none.</returns>
    /// <exception cref="TransportException">No target has an agent that answers.</exception>
    /// <exception cref="ArgumentNullException">The options or the targets are null.</exception>
    public static Task CheckAgentAsync(SshOptions options, IEnumerable<Target> targets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(targets);
        return ForwardedAgents.CheckAsync(options, targets, cancellationToken);
    }

    /// <summary>
    /// Tells how targets are going to be connected to, by their configuration. No host is contacted, and no name is looked up. Agents are not
    /// asked, so a login that only ssh can try may still change the transport during the run.
    /// </summary>
    /// <param name="options">How to connect.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="usesOpenSsh">
    /// Whether the system's ssh or SSH in this process is to be used; null for the choice of <see cref="AutoTransport"/>.
    /// </param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A connection for each target, in order.</returns>
    /// <exception cref="ArgumentException">The options or the targets are null.</exception>
    public static async Task<IReadOnlyList<PlannedConnection>> PlanConnectionsAsync(
        SshOptions options, IEnumerable<Target> targets, bool? usesOpenSsh = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(targets);
        using var planner = new ConnectionPlanner(options);
        var planned = new List<PlannedConnection>();
        foreach (var target in targets)
            planned.Add(await planner.PlanAsync(target, usesOpenSsh, cancellationToken).ConfigureAwait(false));
        return planned;
    }

    /// <summary>
    /// Lists the connections of the current user that earlier runs left open (<see cref="SshOptions.Keep"/>), by host, without those whose
    /// process has ended.
    /// </summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The connections.</returns>
    /// <exception cref="IOException">The directory of the sockets is not private to the user.</exception>
    public static Task<IReadOnlyList<KeptConnection>> ListConnectionsAsync(CancellationToken cancellationToken = default) =>
        KeptConnections.ListAsync(cancellationToken);

    /// <summary>Ends a connection that was kept, and the commands that still run on it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancels the operation before it begins.</param>
    /// <returns>False if the process does not respond. Later runs do not find it, and it ends with its connection.</returns>
    public static Task<bool> CloseConnectionAsync(KeptConnection connection, CancellationToken cancellationToken = default) =>
        KeptConnections.CloseAsync(connection, cancellationToken);
}
