using Volley;

namespace Samples;

internal static class Files
{
    public static async Task PullAsync(ParallelExecutor executor)
    {
        #region pull
        var job = new PullJob(["/etc/hosts", "/etc/*-release"], "collected");
        // Fails before any target is contacted if the directory can't be written.
        job.PrepareDestination();
        foreach (var host in await executor.RunToEndAsync(new RunPlan(HostList.Parse("web[1-2]").ToTargets(), job)))
            Console.WriteLine($"{host.Target}: {host.Result.Cause}, {host.Result.TransferredFiles} files {host.Result.Message}");
        #endregion
    }
}
