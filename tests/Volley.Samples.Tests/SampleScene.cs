using System.Globalization;
using Volley.Testing;

namespace Volley.Samples.Tests;

/// <summary>Runs samples in a directory with an <c>ssh_config</c> for the hosts web1 to web8 and db1, and captures what they print.</summary>
internal sealed class SampleScene : IDisposable
{
    private const int FirstHost = 33_000;

    private readonly string _previous = Environment.CurrentDirectory;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("volley-samples-");

    public SampleScene(Fleet fleet)
    {
        var hosts = Enumerable.Range(1, 8).Select(i => string.Create(CultureInfo.InvariantCulture, $"web{i}")).Append("db1");
        Write("ssh_config", string.Concat(hosts.Select((host, i) => $"""
            Host {host}
                HostName {Fleet.Address(FirstHost + i)}
                Port {fleet.Port}
                User {fleet.User}
                IdentityFile {fleet.KeyPath}
                IdentitiesOnly yes

            """)) + File.ReadAllText(fleet.SshConfig));
        Environment.CurrentDirectory = _directory.FullName;
    }

    /// <summary>Writes a file into the current directory of the samples.</summary>
    public void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory.FullName, name), text);

    /// <summary>Returns what a sample prints on standard output.</summary>
    public static async Task<string> PrintedAsync(Func<Task> sample)
    {
        var console = Console.Out;
        using var printed = new StringWriter { NewLine = "\n" };
        Console.SetOut(printed);
        try
        {
            await sample();
        }
        finally
        {
            Console.SetOut(console);
        }

        return printed.ToString();
    }

    /// <summary>Returns the lines that a sample prints, sorted: hosts answer in any order.</summary>
    public static async Task<string[]> LinesAsync(Func<Task> sample) =>
        [.. (await PrintedAsync(sample)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        Environment.CurrentDirectory = _previous;
        _directory.Delete(recursive: true);
    }
}
