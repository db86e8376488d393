using Volley;

namespace Samples;

internal static class Input
{
    public static async Task FileAsync(ParallelExecutor executor)
    {
        #region file
        using var archive = StandardInput.FromFile("app.tar");
        var plan = new RunPlan(HostList.Parse("web[1-3]").ToTargets(), CommandJob.Shell("wc -c") with { Input = archive });
        foreach (var host in await executor.RunToEndAsync(plan))
            Console.WriteLine($"{host.Target}: {host.Stdout.Trim()}");
        #endregion
    }

    public static async Task ScriptAsync(ParallelExecutor executor)
    {
        #region script
        using var script = StandardInput.FromFile("check.sh");
        var job = CommandJob.Script(script, ["/var/lib", "a file; with $special characters"]);
        foreach (var host in await executor.RunToEndAsync(new RunPlan(HostList.Parse("web[1-2]").ToTargets(), job)))
            Console.WriteLine($"{host.Target}: {host.Stdout.Trim()}");
        #endregion
    }

    public static async Task QuotingAsync(ParallelExecutor executor, string fromUser)
    {
        #region quoting
        // The program gets the text of the user as one argument, whatever it contains.
        var safe = CommandJob.Program("printf", "%s\n", fromUser);
        // A line is a program in the language of the shell: never insert a text of a user.
        var line = CommandJob.Shell("df -h / | tail -n 1");
        #endregion
        Console.Write((await executor.RunToEndAsync(new Target("web1"), safe)).Stdout);
        Console.Write((await executor.RunToEndAsync(new Target("web1"), line)).Result.Cause);
    }
}
