using System.Globalization;
using Volley.LibraryBenchmarks;

if (args[0] == "sftp")
{
    await SftpCopy.RunAsync(args[1..]);
    return;
}

// LIBRARY WORKLOAD DIRECTORY PORT HOST-KEY CIPHER: for each line of standard input, does the work once and prints the CPU time of this process and the
// elapsed time, in microseconds.
var setup = new Setup(args[2], int.Parse(args[3], CultureInfo.InvariantCulture), args[4], args[5]);
await using IContender contender = args[0] switch
{
    "ssh.net" => new SshNetContender(setup),
    "volley.ssh" => new VolleySshContender(setup),
    "volley" => new VolleyContender(setup),
    _ => throw new ArgumentException($"unknown library: {args[0]}"),
};
Func<Task> work = args[1] == "cold" ? contender.ConnectToAllAsync : contender.RunCommandsAsync;
while (Console.ReadLine() is not null)
{
    var (cpu, start) = (Environment.CpuUsage.TotalTime, TimeProvider.System.GetTimestamp());
    await work();
    var elapsed = TimeProvider.System.GetElapsedTime(start);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{(Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds:0} {elapsed.TotalMicroseconds:0}"));
}
