using System.Runtime.Versioning;
using Volley;
using Volley.Ssh;

[assembly: SupportedOSPlatform("linux")]

// SSH-CONFIG HOSTS
var (configFile, hosts) = (args[0], args[1]);
var targets = HostList.Parse(hosts).ToTargets();

using (var context = new SshClientContext(configFile))
await using (var client = await SshClient.ConnectAsync(targets[0].Host, new SshClientOptions { Context = context }))
    Console.Write((await client.RunAsync("echo client")).Stdout);

await using (var transport = new NativeTransport(new SshOptions { ConfigFile = configFile }))
    await ShowAsync(transport, "echo native");
await using (var transport = new ExecTransport())
    await ShowAsync(transport, "echo exec");

async Task ShowAsync(ITransport transport, string command)
{
    foreach (var result in await new ParallelExecutor(transport).RunToEndAsync(new RunPlan(targets, CommandJob.Shell(command))))
        Console.Write($"{result.Target.Label}: {(result.Succeeded ? result.Stdout : result.Result.Cause + "\n")}");
}
