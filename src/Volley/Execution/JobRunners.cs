using Volley.Transfers.Pushing;

namespace Volley.Execution;

/// <summary>The runner of each kind of job.</summary>
internal static class JobRunners
{
    /// <summary>Returns the function that makes a job's runner for a run.</summary>
    /// <exception cref="ArgumentException">There is no runner for this kind of job.</exception>
    public static Func<RunContext, IJobRunner> For(Job job) => job switch
    {
        PingJob => static _ => new PingRunner(),
        CommandJob command => run => new CommandRunner(command, run),
        PushJob push => run => new PushRunner(push, run),
        null => throw new ArgumentNullException(nameof(job)),
        _ => throw new ArgumentException($"no runner for jobs of the type {job.GetType().Name}", nameof(job)),
    };
}
