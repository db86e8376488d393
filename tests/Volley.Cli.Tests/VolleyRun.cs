using System.Text.RegularExpressions;
using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests;

/// <summary>Starts of the built program, with nothing in the environment that would change a run.</summary>
internal static class VolleyRun
{
    private static readonly Dictionary<string, string?> Neutral = new()
    {
        ["NO_COLOR"] = null,
        ["TERM"] = "xterm",
        ["LC_ALL"] = "C.UTF-8",
        // No configuration file of the user.
        ["XDG_CONFIG_HOME"] = "/nonexistent",
        // Nothing in the journal of the user; the tests of the journal have one of their own.
        ["VOLLEY_NO_JOURNAL"] = "true",
        ["BACKENDAI_CLUSTER_ROLE"] = null,
        ["BACKENDAI_CLUSTER_HOST"] = null,
        ["BACKENDAI_CLUSTER_HOSTS"] = null,
    };

    /// <summary>The output modes for a reader, for theories.</summary>
    public static readonly string[] Modes = ["stream", "normal", "gather"];

    /// <summary>All output modes, in which a run ends with the same code.</summary>
    public static readonly string[] AllModes = [.. Modes, "json"];

    /// <summary>
    /// Pairs each value with an output mode, and each mode with a value. Modes and values are independent, because one loop reads
    /// the events for every renderer; a long run takes all pairs.
    /// </summary>
    public static TheoryData<string, T> WithModes<T>(params IReadOnlyList<T> values) => TestRun.IsLong
        ? [.. AllModes.SelectMany(mode => values.Select(value => (mode, value)))]
        : [.. Enumerable.Range(0, Math.Max(AllModes.Length, values.Count)).Select(i => (AllModes[i % AllModes.Length], values[i % values.Count]))];

    public static ProgramStart Start(params IReadOnlyList<string> arguments) =>
        ProgramStart.Volley(arguments) with { Environment = Neutral };

    /// <summary>A shell line as a local process for each host.</summary>
    public static ProgramStart Exec(string hosts, string line, params IReadOnlyList<string> options) =>
        Start([.. options, "--transport", "exec", "-H", hosts, "sh", "-c", line]);

    public static Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) => ProgramRun.RunAsync(Start(arguments));

    public static Task<ProgramResult> ExecAsync(string hosts, string line, params IReadOnlyList<string> options) =>
        ProgramRun.RunAsync(Exec(hosts, line, options));

    /// <summary>The options that choose a transport for a fleet. A local process has no use for a configuration, and says so.</summary>
    public static string[] Over(string transport, Fleet fleet) =>
        transport == "exec" ? ["--transport", transport] : ["--transport", transport, "-F", fleet.SshConfig];

    /// <summary>Returns standard error without the totals, whose times differ in every run.</summary>
    public static string WithoutTotals(string stderr) => Regex.Replace(stderr, @"(?m)^volley: \d+ hosts in .*\n", "");

    /// <summary>The lines of a text, its end not being one.</summary>
    public static string[] Lines(string text) => text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n');
}
