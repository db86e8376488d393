using Volley;

namespace Samples;

internal static class FirstRun
{
    public static async Task ResultsAsync()
    {
        #region first-run
        await using var transport = new AutoTransport(new SshOptions { ConfigFile = "ssh_config" });
        var executor = new ParallelExecutor(transport);
        var plan = new RunPlan(HostList.Parse("web[1-3]").ToTargets(), CommandJob.Shell("uname -s"));

        foreach (var host in await executor.RunToEndAsync(plan))
            Console.WriteLine($"{host.Target}: {(host.Succeeded ? host.Stdout.Trim() : host.Result.Cause)}");
        #endregion
    }

    public static async Task OneHostAsync()
    {
        #region one-host
        await using var transport = new NativeTransport(new SshOptions { ConfigFile = "ssh_config" });
        var host = await new ParallelExecutor(transport).RunToEndAsync(Target.Parse("web1"), CommandJob.Shell("exit 3"));
        Console.WriteLine($"{host.Result.Cause}, code {host.Result.Code}");
        #endregion
    }

    public static async Task LocalAsync()
    {
        #region local
        await using var transport = new ExecTransport();
        var host = await new ParallelExecutor(transport).RunToEndAsync(new Target("this-machine"), CommandJob.Program("printf", "%s\n", "a b", "$HOME"));
        Console.Write(host.Stdout);
        #endregion
    }

    public static RunPlan Limits()
    {
        #region limits
        var plan = new RunPlan(HostList.Parse("web[1-8],db1:2222").ToTargets(), CommandJob.Shell("apt-get -y upgrade"))
        {
            MaxConcurrency = 32,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            CommandTimeout = TimeSpan.FromMinutes(10),
            MaxOutput = 64 * 1024 * 1024,
            FailFast = true,
        };
        #endregion
        return plan;
    }
}
