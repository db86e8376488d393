using Volley.Targets;
using Volley.Transports.Exec;

namespace Volley.Cli.Pdsh;

/// <summary>How ssh is called: pdsh's own arguments, what PDSH_SSH_ARGS and PDSH_SSH_ARGS_APPEND say, the host, the command.</summary>
internal sealed class SshWords(PdshContext context, int connectTimeout)
{
    private static readonly string[] Standard = ["-2", "-a", "-x"];

    private readonly string[] _options = Words(context.Variable("PDSH_SSH_ARGS")) ?? Standard;
    private readonly string[] _first = Words(context.Variable("PDSH_SSH_ARGS_APPEND")) ?? [];
    private readonly string? _path = context.Variable("DSHPATH") is { } path ? $"PATH={path};" : null;

    /// <summary>The words for one target. <c>%h %u %n %%</c> are substituted in all of them, the command's too.</summary>
    public IReadOnlyList<string> For(Target target, string user, IEnumerable<string> command)
    {
        List<string> words = [.. _first, .. _options];
        // The user and the host are put where they are missing, the user in front of the host.
        var host = words.FindIndex(word => word.Contains("%h", StringComparison.Ordinal));
        if (host < 0)
        {
            host = words.Count;
            words.Add("%h");
        }

        if (target.Port is { } port)
            words.Insert(host++, $"-p{port}");
        if (user != context.UserName && !words.Exists(word => word.Contains("%u", StringComparison.Ordinal)))
            words.Insert(host, "-l%u");
        if (connectTimeout > 0)
            words.Insert(0, $"-oConnectTimeout={connectTimeout}");
        if (_path is not null)
            words.Add(_path);
        return [Rcmd.Ssh, .. words.Concat(command).Select(word => ExecTransport.Substitute(word, target, user))];
    }

    private static string[]? Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
