using Volley.Cli.Options;
using Volley.Cli.Options.Configured;
using Volley.Cli.Selection;
using Volley.Cli.Terminal;
using Volley.Interop.Text;
using Volley.Inventory;

namespace Volley.Cli.Queries;

/// <summary>
/// The command <c>volley config check</c>: reports what a run would refuse in the files and the variables. Each value is checked by itself, and then
/// the settings of a run are created for the defaults, each profile and each cluster.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="environment">The environment of the program.</param>
/// <param name="writer">The destination.</param>
internal sealed class ConfigCheckCommand(ConfigCheckRequest request, ProgramEnvironment environment, TerminalWriter writer)
{
    // Stands for the hosts of the command line, where the files name none.
    private const string AnyHost = "localhost";

    // The runs only show what they would do, and must not wait for input.
    private readonly ProgramEnvironment _environment = environment with { OpenStandardInput = () => Stream.Null };
    private readonly List<string> _errors = [];

    public async Task<int> RunAsync()
    {
        await ReportAsync(() => Do(() => new OptionLayers(new RunOptions(), request.Variable).ApplyVariables()));
        if (request.Files.Count > 0)
        {
            foreach (var file in request.Files)
                await CheckAsync([file], ["--config", file]);
        }
        else
        {
            await CheckStandardFilesAsync();
        }

        writer.Flush();
        return _errors.Count > 0 ? ExitCodes.Usage : 0;
    }

    /// <summary>Checks the files of a run. A profile in one of them may select a cluster of the other.</summary>
    private async Task CheckStandardFilesAsync()
    {
        var options = new RunOptions();
        try
        {
            options.Files.File.TakeVariable(request.Variable);
        }
        catch (UsageException)
        {
            // Reported with the other variables.
        }

        var files = ConfigurationFiles.Find(options.Files.File.Value, request.Variable);
        if (files.Count == 0)
            writer.PrintOut($"no configuration file: {string.Join(", ", ConfigurationReader.GetPaths(request.Variable))}");
        await CheckAsync(files, []);
    }

    private async Task CheckAsync(IReadOnlyList<string> files, string[] arguments)
    {
        var before = _errors.Count;
        var configuration = VolleyConfiguration.Empty;
        foreach (var file in files)
            await ReportAsync(() => Do(() => configuration = configuration.CompletedBy(Read(file))));
        if (_errors.Count == before)
            await CheckValuesAsync(configuration);
        if (_errors.Count == before)
            await CheckRunsAsync(configuration, arguments);
        var errors = _errors[before..];
        foreach (var file in files.Where(file => !errors.Exists(error => error.Contains(file, StringComparison.Ordinal) || !files.Any(error.Contains))))
            writer.PrintOut($"{file}: valid");
    }

    private VolleyConfiguration Read(string file)
    {
        var configuration = ConfigurationFiles.CreateReader(new RunOptions().All, request.Variable).Read(file);
        foreach (var warning in configuration.Warnings)
            writer.PrintErr($"volley: warning: {warning}");
        return configuration;
    }

    /// <summary>Checks each value by itself, so that all errors are reported.</summary>
    private async Task CheckValuesAsync(VolleyConfiguration configuration)
    {
        var sections = configuration.Profiles.Values.Prepend(configuration.Defaults).Concat(configuration.Clusters.Values.Select(cluster => cluster.Defaults));
        foreach (var value in sections.SelectMany(section => section))
            await ReportAsync(() => Do(() => new OptionLayers(new RunOptions(), request.Variable).Apply([value], OptionLayers.GetFileOrigin)));
        foreach (var inventory in configuration.Inventories.Where(inventory => !SystemFile.Exists(inventory.Path)
            && !SystemFile.DirectoryExists(inventory.Path)))
            await ReportAsync(() => throw new ConfigurationException($"there is no inventory {inventory.Path}", inventory.Place));
    }

    /// <summary>Creates the settings of runs, as the runs themselves would.</summary>
    private async Task CheckRunsAsync(VolleyConfiguration configuration, string[] arguments)
    {
        await ReportAsync(() => ResolveAsync(() => ((RunRequest)RunOptions.Parse(arguments, RunVerb.Run, request.Variable)).Options));
        foreach (var profile in configuration.Profiles.Keys)
            await ReportAsync(() => ResolveAsync(() => RunOptions.Create(configuration, profile, cluster: null, request.Variable)));
        foreach (var cluster in configuration.Clusters.Keys)
            await ReportAsync(() => ResolveAsync(() => RunOptions.Create(configuration, profile: null, cluster, request.Variable)));
        var access = new SourceAccess(() => SourceAccess.Describe(new RunOptions(), configuration, request.Variable));
        if (configuration.DefaultSource is not null)
            await ReportAsync(async () => await HostExpression.Parse("@*").EvaluateAsync(access.Get(areNeeded: true)));
        await CheckInventoriesAsync(configuration);
    }

    private async Task ResolveAsync(Func<RunOptions> create)
    {
        var options = create();
        options.Command = ["true"];
        options.Choice.DryRun.Take("");
        if (!options.Hosts.NameHosts)
        {
            options.Hosts.Hosts.Take(AnyHost);
            // It need not be among the hosts that stand for others.
            options.ExitCode.MainRank.DropDefault();
        }

        await new SettingsResolver(options, _environment).ResolveAsync();
    }

    private async Task CheckInventoriesAsync(VolleyConfiguration configuration)
    {
        if (configuration.Inventories.Count == 0)
            return;
        var description = SourceAccess.Describe(new RunOptions(), configuration, request.Variable);
        var sources = (description with { Disabled = [.. StandardSources.Kinds.Where(kind => kind != StandardSources.AnsibleKind)] }).Create();
        var paths = configuration.Inventories.Select(inventory => inventory.Path).ToHashSet();
        foreach (var listing in await sources.ListAsync())
        {
            if (paths.Contains(listing.Location) && listing.Failure is { } failure)
                await ReportAsync(() => throw new UsageException(failure));
        }
    }

    private static Task Do(Action check)
    {
        check();
        return Task.CompletedTask;
    }

    /// <summary>Prints the error of a check, once.</summary>
    private async Task ReportAsync(Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (Exception failure) when (failure is UsageException or ConfigurationException or HostSourceException)
        {
            Report(failure.Message);
        }
        catch (HostListException list)
        {
            Report(Remedies.GetMessage(list), list.Caret().Split('\n'));
        }
        catch (EmptySelectionException)
        {
            // Which hosts there are differs from run to run.
        }
    }

    private void Report(string message, params string[] lines)
    {
        if (_errors.Contains(message))
            return;
        _errors.Add(message);
        writer.PrintErr($"volley: {message}");
        foreach (var line in lines)
            writer.PrintErr(line);
    }
}
