using System.Collections.Immutable;
using Volley.Execution.Steps;
using Volley.Execution.Waiting;
using Volley.Transfers.Pulling;
using Volley.Transfers.Pushing;

namespace Volley.Execution;

/// <summary>The runner of each kind of job.</summary>
internal static class JobRunners
{
    /// <summary>Returns the function that makes a job's runner for a run.</summary>
    /// <param name="job">The job.</param>
    /// <param name="name">The name of the parameter or property with the job.</param>
    /// <exception cref="ArgumentException">There is no runner for this kind of job.</exception>
    public static Func<RunContext, IJobRunner> For(Job job, string name) => job switch
    {
        PingJob => static _ => new PingRunner(),
        CommandJob command => run => new CommandRunner(command, run),
        StepsJob steps => run => new StepsRunner(steps, run),
        PushJob push => run => new PushRunner(push, run),
        RebootJob reboot => run => new RebootRunner(reboot, run),
        WaitJob wait => run => new WaitRunner(wait, run),
        PullJob pull => run => new PullRunner(pull, run),
        null => throw new ArgumentNullException(name),
        _ => throw new ArgumentException($"no runner for jobs of the type {job.GetType().Name}", name),
    };

    /// <summary>Checks that there is a runner for a job, and that the job fits the targets of a plan.</summary>
    /// <exception cref="ArgumentException">There is no runner, or the job does not fit.</exception>
    public static void Check(Job job, ImmutableArray<Target> targets, string name)
    {
        _ = For(job, name);
        if (job is PullJob pull)
            pull.CheckTargets(targets);
        if (job is CommandJob { Retry: not null, Input.IsRepeatable: false })
            throw new ArgumentException("a command with retries needs a standard input that can be read again, such as a file", nameof(job));
    }
}
