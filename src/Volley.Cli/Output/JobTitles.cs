namespace Volley.Cli.Output;

/// <summary>The titles of jobs, for reports, the journal and questions.</summary>
internal static class JobTitles
{
    /// <summary>Returns what a job does, as a user would type it after the options: a command, or a verb with its operands.</summary>
    public static string Get(Job job) => job switch
    {
        PushJob push => $"{JsonNames.Get(push)} {string.Join(' ', push.Sources)} {push.Destination}",
        PullJob { Destination: null } pull => $"pull -g {string.Join(' ', pull.Sources)}",
        PullJob pull => $"pull {string.Join(' ', pull.Sources)} {pull.Destination}",
        WaitJob { Command: { } awaited } => $"{JsonNames.Get(job)} {awaited.Title}",
        _ => JobCommands.GetTitle(job) ?? JsonNames.Get(job),
    };

    /// <summary>Returns the same with the name of the program before a verb.</summary>
    public static string GetWithProgram(Job job) => job is CommandJob or StepsJob ? Get(job) : $"volley {Get(job)}";
}
