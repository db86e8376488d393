namespace Volley.Relay.Jobs;

/// <summary>Variables of commands that differ by target, and those that are secret.</summary>
internal static class JobVariables
{
    /// <summary>Returns whether a command has secret variables, so that relays must ask for them.</summary>
    public static bool HasSecrets(Job job) => JsonJob.Commands(job).Any(command => !command.Secrets.IsEmpty);

    /// <summary>Returns the variables of each command at a target that are not secret, without those of all targets; null for none.</summary>
    public static Dictionary<string, string>[]? GetOpen(Job job, Target target) => Merge([.. JsonJob.Commands(job).Select(command =>
        (command.TargetEnvironment?.Invoke(target) ?? new Dictionary<string, string>())
            .Where(variable => !command.Secrets.Contains(variable.Key)).ToDictionary(StringComparer.Ordinal))]);

    /// <summary>Returns the secret variables of each command at a target; null for none.</summary>
    public static Dictionary<string, string>[]? GetSecret(Job job, Target target) => Merge([.. JsonJob.Commands(job).Select(command =>
        (command.TargetEnvironment is { } getMore ? command.Environment.SetItems(getMore(target)) : command.Environment)
            .Where(variable => command.Secrets.Contains(variable.Key)).ToDictionary(StringComparer.Ordinal))]);

    /// <summary>Returns a job whose commands have variables that differ by target.</summary>
    /// <param name="job">The job.</param>
    /// <param name="get">Returns the variables of a target, as <see cref="GetOpen"/> and <see cref="GetSecret"/> return them.</param>
    public static Job Apply(Job job, Func<Target, IEnumerable<Dictionary<string, string>[]?>> get)
    {
        return job switch
        {
            CommandJob command => Change(command, 0),
            StepsJob steps => new StepsJob(steps.Steps.Select(Change)),
            RebootJob reboot => reboot with { Command = Change(reboot.Command, 0) },
            WaitJob { Command: { } command } wait => wait with { Command = Change(command, 0) },
            _ => job,
        };

        CommandJob Change(CommandJob command, int number) => command with { TargetEnvironment = target => Join(get(target), number) };
    }

    private static Dictionary<string, string> Join(IEnumerable<Dictionary<string, string>[]?> sources, int number)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            foreach (var (name, value) in source is null or [] ? [] : source[source.Length == 1 ? 0 : number])
                all[name] = value;
        }

        return all;
    }

    private static Dictionary<string, string>[]? Merge(Dictionary<string, string>[] variables)
    {
        if (variables.All(one => one.Count == 0))
            return null;
        return variables.All(one => one.Count == variables[0].Count && !one.Except(variables[0]).Any()) ? variables[..1] : variables;
    }
}
