using System.Diagnostics;
using Xunit;

namespace Volley.Inventory.Tests;

/// <summary>Runs installed programs that serve as oracles.</summary>
internal static class Peer
{
    /// <summary>Skips the test where a file of the program is missing.</summary>
    public static void Require(string path) => Assert.SkipUnless(File.Exists(path), $"{path} is not installed");

    /// <summary>Runs a program with input, and returns the lines that it prints.</summary>
    public static string[] Run(string program, string[] arguments, IEnumerable<string> input, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        foreach (string line in input)
            process.StandardInput.WriteLine(line);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} exited with {process.ExitCode}: {errors.GetAwaiter().GetResult()}");
        string text = output.GetAwaiter().GetResult();
        return (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
    }

    /// <summary>Evaluates expressions by ClusterShell's library, in one process. Each result is a text of names, or begins with <c>error</c>.</summary>
    public static string[] Nodeset(string configuration, IReadOnlyList<string> expressions)
    {
        const string Script = """
            import sys
            sys.path.insert(0, "/usr/lib/python3/dist-packages")
            from ClusterShell.NodeSet import NodeSet
            for line in sys.stdin:
                try:
                    print(" ".join(NodeSet(line.rstrip("\n"))))
                except Exception as failure:
                    print("error", str(failure).replace("\n", " "))
            """;
        Require("/usr/bin/nodeset");
        string[] results = Run("/usr/bin/python3", ["-c", Script], expressions, ("CLUSTERSHELL_CFGDIR", configuration), ("HOME", configuration), ("XDG_CONFIG_HOME", configuration));
        Assert.Equal(expressions.Count, results.Length);
        return results;
    }
}
