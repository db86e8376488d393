using Volley.Cli.Options;
using Volley.Cli.Options.Parsing;

namespace Volley.Cli.Transfer;

/// <summary>
/// <c>volley clush</c>: copies with the options of ClusterShell's clush. They are translated into those of <c>push</c> and <c>pull</c>, which do the work.
/// </summary>
internal static class ClushCopy
{
    private const string Usage = "volley clush -w NODES --copy FILE... [--dest PATH], or --rcopy FILE... [--dest DIRECTORY]";

    /// <summary>Parses a command line.</summary>
    /// <param name="arguments">The arguments after the verb.</param>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <exception cref="UsageException">The command line or another value is invalid.</exception>
    /// <exception cref="Inventory.ConfigurationException">A configuration file can't be read or is invalid.</exception>
    public static Request Parse(string[] arguments, Func<string, string?> variable)
    {
        var clush = new ClushOptions();
        var files = OptionParser.SetMixed(clush.Options, arguments, "volley clush --help");
        if (clush.Help.IsGiven)
            return new TextRequest(HelpText.ForGroups([clush], $"Usage: {Usage}"));
        if (clush.Copy.IsGiven == clush.ReverseCopy.IsGiven)
            throw new UsageException($"clush is for copies here, with either --copy or --rcopy: {Usage}; to run a command: volley -H NODES COMMAND");
        if (files.Length == 0)
            throw new UsageException($"clush needs a file to copy: {Usage}");
        var isPull = clush.ReverseCopy.IsGiven;
        // As clush does without --dest: the directory of the first file.
        var destination = clush.Destination.Value ?? Path.GetDirectoryName(Path.GetFullPath(files[0])) ?? "/";
        if (isPull && !Directory.Exists(destination))
            throw new UsageException($"clush --rcopy needs a directory: '{destination}' is not one");
        var target = isPull ? $"{Literal(destination.TrimEnd('/'))}/{{name}}.{{host}}" : Literal(clush.Destination.IsGiven ? destination : $"{destination}/");
        var request = RunOptions.Parse([.. clush.Translate(), "--", .. files.Select(Literal), target], isPull ? RunVerb.Pull : RunVerb.Push, variable);
        if (request is RunRequest run)
            run.Options.Hosts.Naming = $"-w, -g, -a or --hostfile: {Usage}";
        return request;
    }

    /// <summary>Returns the text that stands for a path in which braces have no meaning.</summary>
    private static string Literal(string path) => path.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
