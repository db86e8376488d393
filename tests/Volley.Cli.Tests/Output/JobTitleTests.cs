using Volley.Cli.Output;
using Xunit;

namespace Volley.Cli.Tests.Output;

/// <summary>The titles of jobs in reports and in the journal.</summary>
public sealed class JobTitleTests
{
    private static readonly CommandJob Command = CommandJob.Shell("uptime");

    [Fact]
    public void ATitleHasTheCommandOrTheOperands()
    {
        (Job Job, string Title, string WithProgram)[] cases =
        [
            (Command, "uptime", "uptime"),
            (new StepsJob([Command, CommandJob.Shell("date")]), new StepsJob([Command, CommandJob.Shell("date")]).Title, new StepsJob([Command, CommandJob.Shell("date")]).Title),
            (new PushJob(["a", "b"], "/etc/"), "push a b /etc/", "volley push a b /etc/"),
            (new PushJob(["a"], "/etc/a") { Sync = new SyncOptions() }, "sync a /etc/a", "volley sync a /etc/a"),
            (new PullJob(["/etc/a", "/etc/b"], "logs"), "pull /etc/a /etc/b logs", "volley pull /etc/a /etc/b logs"),
            (new PullJob(["/etc/a"]), "pull -g /etc/a", "volley pull -g /etc/a"),
            (new RebootJob(Command), "reboot", "volley reboot"),
            (new WaitJob(), "wait-for", "volley wait-for"),
            (new WaitJob { Command = Command }, "wait-for uptime", "volley wait-for uptime"),
            (new PingJob(), "ping", "volley ping"),
        ];
        foreach (var (job, title, withProgram) in cases)
            Assert.Equal((title, withProgram), (JobTitles.Get(job), JobTitles.GetWithProgram(job)));
    }
}
