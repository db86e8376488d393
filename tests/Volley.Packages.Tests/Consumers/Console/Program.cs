using System.Runtime.Versioning;
using Volley;
using Volley.Ssh;

[assembly: SupportedOSPlatform("linux")]

// ssh starts this program to get the password.
if (Environment.GetEnvironmentVariable("CONSUMER_FORGETS") is null && OpenSsh.TryAnswerPrompt(args, out var exitCode))
    return exitCode;

// SSH-CONFIG HOSTS
var (configFile, hosts) = (args[0], args[1]);
var targets = HostList.Parse(hosts).ToTargets();

if (Environment.GetEnvironmentVariable("CONSUMER_PASSWORD") is { } secret)
    return await LogInAsync(secret);

using (var context = new SshClientContext(configFile))
await using (var client = await SshClient.ConnectAsync(targets[0].Host, new SshClientOptions { Context = context }))
    Console.Write((await client.RunAsync("echo client")).Stdout);

await using (var transport = new NativeTransport(new SshOptions { ConfigFile = configFile }))
    await ShowAsync(transport, "echo native");
await using (var transport = new ExecTransport())
    await ShowAsync(transport, "echo exec");
return 0;

async Task<int> LogInAsync(string secret)
{
    using var password = new SshPassword(System.Text.Encoding.UTF8.GetBytes(secret));
    try
    {
        await using var transport = new OpenSshTransport(new SshOptions { ConfigFile = configFile, Password = password });
        await ShowAsync(transport, "echo openssh");
        return 0;
    }
    catch (InvalidOperationException failure)
    {
        Console.Error.WriteLine(failure.Message);
        return 1;
    }
}

async Task ShowAsync(ITransport transport, string command)
{
    foreach (var result in await new ParallelExecutor(transport).RunToEndAsync(new RunPlan(targets, CommandJob.Shell(command))))
        Console.Write($"{result.Target.Label}: {(result.Succeeded ? result.Stdout : result.Result.Cause + "\n")}");
}
