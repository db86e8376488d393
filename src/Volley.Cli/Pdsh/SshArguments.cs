using Volley.Cli.Run;

namespace Volley.Cli.Pdsh;

/// <summary>Builds the arguments of ssh: pdsh's own, PDSH_SSH_ARGS, PDSH_SSH_ARGS_APPEND, the host and the command.</summary>
internal sealed class SshArguments(PdshContext context, int connectTimeout)
{
    private static readonly string[] Standard = ["-2", "-a", "-x"];

    private readonly string[] _options = SplitWords(context.Variable("PDSH_SSH_ARGS")) ?? Standard;
    private readonly string[] _first = SplitWords(context.Variable("PDSH_SSH_ARGS_APPEND")) ?? [];
    private readonly string? _path = context.Variable("DSHPATH") is { } path ? $"PATH={path};" : null;

    /// <summary>Returns the arguments for one target. <c>%h %u %n %%</c> are substituted in all of them, including the command.</summary>
    public IReadOnlyList<string> For(Target target, string user, IEnumerable<string> command) =>
        For(target, user, _path is null ? command : command.Prepend(_path), isSubsystem: false);

    /// <summary>Returns the arguments that start a subsystem at one target.</summary>
    public IReadOnlyList<string> ForSubsystem(Target target, string user, string name) => For(target, user, [name], isSubsystem: true);

    private List<string> For(Target target, string user, IEnumerable<string> command, bool isSubsystem)
    {
        List<string> arguments = [.. _first, .. _options];
        // User and host are added if they are missing, the user before the host.
        var host = arguments.FindIndex(argument => argument.Contains("%h", StringComparison.Ordinal));
        if (host < 0)
        {
            host = arguments.Count;
            arguments.Add("%h");
        }

        if (target.Port is { } port)
            arguments.Insert(host++, $"-p{port}");
        if (user != context.UserName && !arguments.Exists(argument => argument.Contains("%u", StringComparison.Ordinal)))
            arguments.Insert(host, "-l%u");
        if (connectTimeout > 0)
            arguments.Insert(0, $"-oConnectTimeout={connectTimeout}");
        if (isSubsystem)
            arguments.Insert(0, "-s");
        return [Rcmd.Ssh, .. arguments.Concat(command).Select(argument => Placeholders.Replace(argument, target, user))];
    }

    private static string[]? SplitWords(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
