namespace Volley.Cli.Pdsh;

/// <summary>Builds the arguments of ssh: pdsh's own, PDSH_SSH_ARGS, PDSH_SSH_ARGS_APPEND, the host and the command.</summary>
internal sealed class SshWords(PdshContext context, int connectTimeout)
{
    private static readonly string[] Standard = ["-2", "-a", "-x"];

    private readonly string[] _options = Words(context.Variable("PDSH_SSH_ARGS")) ?? Standard;
    private readonly string[] _first = Words(context.Variable("PDSH_SSH_ARGS_APPEND")) ?? [];
    private readonly string? _path = context.Variable("DSHPATH") is { } path ? $"PATH={path};" : null;

    /// <summary>Returns the arguments for one target. <c>%h %u %n %%</c> are substituted in all of them, including the command.</summary>
    public IReadOnlyList<string> For(Target target, string user, IEnumerable<string> command)
    {
        List<string> words = [.. _first, .. _options];
        // User and host are added if they are missing, the user before the host.
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
