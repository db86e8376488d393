using Volley.Cli.Options;
using Volley.Cli.Options.Configured;
using Volley.Cli.Terminal;
using Volley.Interop.Text;
using Volley.Inventory;

namespace Volley.Cli.Queries;

/// <summary>The command <c>volley config check</c>: reports every file and variable whose values are invalid.</summary>
/// <param name="request">The request.</param>
/// <param name="writer">The destination.</param>
internal sealed class ConfigCheckCommand(ConfigCheckRequest request, TerminalWriter writer)
{
    private int _errors;

    public int Run()
    {
        Report(() => new OptionLayers(new RunOptions(), request.Variable).ApplyVariables());
        foreach (var file in request.Files)
            CheckFile(file);
        if (request.Files.Count == 0)
            writer.PrintOut($"no configuration file: {string.Join(", ", ConfigurationReader.GetPaths(request.Variable))}");
        writer.Flush();
        return _errors > 0 ? ExitCodes.Usage : 0;
    }

    private void CheckFile(string path)
    {
        var errors = _errors;
        Report(() =>
        {
            var configuration = ConfigurationFiles.CreateReader(new RunOptions().All, request.Variable).Read(path);
            foreach (var warning in configuration.Warnings)
                writer.PrintErr($"volley: warning: {warning}");
            CheckOptions(configuration.Defaults);
            foreach (var profile in configuration.Profiles.Values)
                CheckOptions(profile);
            foreach (var cluster in configuration.Clusters.Values)
                CheckOptions(cluster.Defaults);
            foreach (var inventory in configuration.Inventories.Where(inventory => !SystemFile.Exists(inventory.Path) && !SystemFile.DirectoryExists(inventory.Path)))
                Report(() => throw new ConfigurationException($"there is no inventory {inventory.Path}", inventory.Place));
        });
        if (errors == _errors)
            writer.PrintOut($"{path}: valid");
    }

    /// <summary>Checks each value by itself, so that all errors are reported, and then that they do not contradict each other.</summary>
    private void CheckOptions(IReadOnlyDictionary<string, ConfiguredOption> values)
    {
        var errors = _errors;
        foreach (var value in values)
            Report(() => Apply([value]));
        if (errors != _errors)
            return;
        Report(() =>
        {
            var options = Apply(values);
            options.ExitCode.Strategy(ExitCodeStrategy.MainRank);
            options.Output.Check();
        });
    }

    private RunOptions Apply(IEnumerable<KeyValuePair<string, ConfiguredOption>> values)
    {
        var options = new RunOptions();
        new OptionLayers(options, request.Variable).Apply(values, OptionLayers.GetFileOrigin);
        return options;
    }

    private void Report(Action check)
    {
        try
        {
            check();
        }
        catch (Exception failure) when (failure is UsageException or ConfigurationException)
        {
            _errors++;
            writer.PrintErr($"volley: {failure.Message}");
        }
    }
}
