using Volley.Cli.Output;

namespace Volley.Cli.Selection;

/// <summary>The hosts and the command of a plan as text, for a question and for <c>--dry-run</c>.</summary>
internal static class PlanText
{
    /// <summary>Returns a line with the hosts, one with the job, and one with the user if that is another one than logs in.</summary>
    public static string Describe(RunPlan plan, string? user)
    {
        var hosts = HostList.Fold(plan.Targets.Select(target => target.Label));
        return $"{NumberText.Count(plan.Targets.Length, "host")}: {hosts}\n{DescribeJob(plan.Job)}{(user is null ? "" : $"\nas: {user}")}";
    }

    private static string DescribeJob(Job job) => job switch
    {
        CommandJob command => $"{(command.IsScript ? "script" : "command")}: {command.Title}",
        StepsJob steps => string.Join(steps.HasBarrier ? "\nthen, once all hosts have ended that: " : "\nthen: ",
            [DescribeJob(steps.Steps[0]), .. steps.Steps[1..].Select(step => step.Title)]),
        PushJob push => $"{(push.Sync is null ? "push" : "sync")}: {string.Join(' ', push.Sources)} to {push.Destination}",
        PullJob { Destination: null } pull => $"compare: {string.Join(' ', pull.Sources)}",
        RebootJob reboot => $"reboot: {reboot.Command.Title}",
        WaitJob { Command: { } awaited } => $"wait until this succeeds: {awaited.Title}",
        WaitJob => "wait until hosts can be logged in to",
        PullJob pull => $"pull: {string.Join(' ', pull.Sources)} to {pull.Destination}",
        _ => "ping: connect and log in, run nothing",
    };
}
