using System.Globalization;
using System.Text;
using Volley.Targets;
using Volley.Transports.Processes;

namespace Volley.Transports.Exec;

/// <summary>
/// Runs a local process for each target, from an argument array and without a shell. In each word of the command
/// <c>%h</c> stands for the host, <c>%u</c> for the user, <c>%n</c> for the rank from 0 and <c>%%</c> for a percent sign;
/// any other <c>%x</c> stays as it is.
/// </summary>
/// <param name="user">The user of targets that name none; the one who runs this program if null.</param>
public sealed class ExecTransport(string? user = null) : ITransport
{
    private readonly IReadOnlyList<string> _environment = ChildProcess.InheritedEnvironment();
    private readonly string _user = user ?? Environment.UserName;

    /// <inheritdoc/>
    public ValueTask<ISession> ConnectAsync(Target target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new ValueTask<ISession>(new ExecSession(target, target.User ?? _user, _environment));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Puts a target into one word: <c>%h %u %n %%</c> as described above.</summary>
    /// <param name="word">The word.</param>
    /// <param name="target">The target, whose own user is not looked at.</param>
    /// <param name="user">What <c>%u</c> stands for.</param>
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
                'h' => target.Host,
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
