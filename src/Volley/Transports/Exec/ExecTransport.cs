using System.Globalization;
using System.Text;
using Volley.Transports.Exec;
using Volley.Transports.Processes;

namespace Volley;

/// <summary>Runs a local process for each target, from an argument array and without a shell.</summary>
/// <example>
/// <code>
/// // The command runs in a pod for each target.
/// var transport = new ExecTransport((target, command) =&gt;
///     ["kubectl", "exec", "-i", target.Host, "--", .. command.IsScript ? command.Arguments : ["sh", "-c", command.CommandLine]]);
/// </code>
/// </example>
public sealed class ExecTransport : ITransport
{
    private readonly IReadOnlyList<string> _environment = ChildProcess.InheritedEnvironment();
    private readonly Func<Target, CommandJob, IReadOnlyList<string>> _getArguments;

    /// <summary>
    /// Creates a transport that runs the command itself. In each argument <c>%h</c> is replaced by the host, or its address if the target
    /// has one, <c>%u</c> by the user, <c>%n</c> by the rank from 0 and <c>%%</c> by a percent sign; any other <c>%x</c> is unchanged.
    /// </summary>
    /// <param name="user">The user of targets without one; the user who runs this program if null.</param>
    public ExecTransport(string? user = null)
    {
        user ??= Environment.UserName;
        _getArguments = (target, command) => [.. command.Arguments.Select(word => Substitute(word, target, target.User ?? user))];
    }

    /// <summary>Creates a transport that runs a program which takes the command to the target.</summary>
    /// <param name="getArguments">
    /// Returns the program, which is searched for on PATH, and its arguments. <see cref="CommandJob.Arguments"/> must reach the command as they
    /// are, so a program that passes them to a shell needs them quoted. <see cref="CommandJob.Environment"/> is set for the program itself, and
    /// the program is what a stop ends.
    /// </param>
    public ExecTransport(Func<Target, CommandJob, IReadOnlyList<string>> getArguments)
    {
        ArgumentNullException.ThrowIfNull(getArguments);
        _getArguments = getArguments;
    }

    /// <inheritdoc/>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new ValueTask<ISession>(new ExecSession(target, _getArguments, _environment));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Replaces <c>%h %u %n %%</c> in one argument as described at <see cref="ExecTransport(string)"/>.</summary>
    /// <param name="word">The argument.</param>
    /// <param name="target">The target. Its own user is ignored.</param>
    /// <param name="user">The replacement for <c>%u</c>.</param>
    public static string Substitute(string word, Target target, string user)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(target);
        if (!word.Contains('%', StringComparison.Ordinal))
            return word;
        var result = new StringBuilder(word.Length);
        for (var i = 0; i < word.Length; i++)
        {
            var code = word[i] == '%' && i + 1 < word.Length ? word[i + 1] : '\0';
            var value = code switch
            {
                'h' => target.Address ?? target.Host,
                'u' => user,
                'n' => target.Index.ToString(CultureInfo.InvariantCulture),
                '%' => "%",
                _ => null,
            };
            result.Append(value ?? word[i].ToString());
            if (value is not null)
                i++;
        }

        return result.ToString();
    }
}
