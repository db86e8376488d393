using System.Runtime.InteropServices;
using System.Text;
using Volley;
using Volley.Cli;
using Volley.Cli.Completion;
using Volley.Cli.Journal;
using Volley.Cli.Journal.Queries;
using Volley.Cli.Keys;
using Volley.Cli.Locking;
using Volley.Cli.Options;
using Volley.Cli.Queries;
using Volley.Cli.Relays;
using Volley.Cli.Relays.Local;
using Volley.Cli.Run;
using Volley.Cli.Selection;
using Volley.Cli.Terminal;
using Volley.Interop;
using Volley.Interop.Text;
using Volley.Inventory;
using Volley.Relay;
using Volley.Rollout;

args = SystemEnvironment.Arguments(args);
if (OpenSsh.TryAnswerPrompt(args, out var askpassCode))
    return askpassCode;
if (!AddressSpace.IsEnough())
    return ExitCodes.Usage;
SignalCalls.Reset();
Descriptor.OpenStandard();
SignalCalls.IgnoreBrokenPipes();
SafeText.TerminalIsUnicode = ProgramEnvironment.IsUnicode(SystemEnvironment.Variable);
var writer = new TerminalWriter(new OutputFile(1), new OutputFile(2));
if (FrontEnd.Find(SystemEnvironment.Arguments(Environment.GetCommandLineArgs())[0], args) is { } frontEnd)
    return await frontEnd.RunAsync(writer);
if (LocalRelayHost.TryRun(args, writer) is { } host)
    return await host;
try
{
    return await RunAsync();
}
catch (Exception fault) when (fault is UsageException or HostSourceException or ConfigurationException or RelayException)
{
    return End(ExitCodes.Usage, fault.Message);
}
catch (HostListException list)
{
    return End(ExitCodes.Usage, Remedies.GetMessage(list), list.Caret());
}
catch (Exception nothing) when (nothing is EmptySelectionException or DeclinedException)
{
    return End(ExitCodes.Failure, nothing.Message);
}
catch (LockException held)
{
    return End(held.Code, held.Message);
}
catch (JournalException damaged)
{
    return End(ExitCodes.Failure, damaged.Message);
}
catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
{
    return End(ExitCodes.Failure, SystemMessage.Of(failure));
}

async Task<int> RunAsync()
{
    switch (CommandLine.Parse(args, SystemEnvironment.Variable))
    {
        case TextRequest(var text):
            writer.WriteOut(Encoding.UTF8.GetBytes($"{text.TrimEnd('\n')}\n"));
            return writer.Finish(0, "volley");
        case SuggestRequest(var unfinished):
            writer.WriteOut(SystemText.Encode(await new Suggestions(SystemEnvironment.Variable).AnswerAsync(unfinished)));
            return writer.Finish(0, "volley");
        case RunRequest(var options):
            // Before the run and during its cleanup there is no status to show, but SIGUSR1 must not end the program.
            using (PosixSignalRegistration.Create(LinuxSignals.User1, signal => signal.Cancel = true))
                return await RunPlanAsync(options);
        case ConnectionsRequest connections:
            return writer.Finish(await new ConnectionsCommand(connections, writer).RunAsync(), "volley");
        case KeysRequest keys:
            return writer.Finish(await new KeysCommand(keys, CreateEnvironment(), writer).RunAsync(), "volley");
        case ListRequest list:
            return writer.Finish(await new ListCommand(list, writer).RunAsync(), "volley");
        case HostsRequest hosts:
            return writer.Finish(await new HostsCommand(hosts, writer, StandardInputFile.Open).RunAsync(), "volley");
        case ConfigRequest config:
            return writer.Finish(new ConfigCommand(config, writer).Run(), "volley");
        case ConfigCheckRequest check:
            return writer.Finish(await new ConfigCheckCommand(check, CreateEnvironment(), writer).RunAsync(), "volley");
        case RelayRequest relay:
            using (var command = new RelayCommand(relay, writer))
                return writer.Finish(await command.RunAsync(), "volley");
        case RelaysRequest relays:
            return writer.Finish(await new RelaysCommand(relays, writer).RunAsync(), "volley");
        case RunsRequest runs:
            return writer.Finish(await new RunsCommand(runs, writer).RunAsync(), "volley");
        case AttachRequest attach:
            return await RunPlanAsync(await attach.ReadAsync());
        case NothingRequest(var message, var code):
            return End(code, message);
        case HistoryRequest history:
            return writer.Finish(await new HistoryCommand(history, writer).RunAsync(), "volley");
        case ShowRequest show:
            return writer.Finish(await new ShowCommand(show, CreateEnvironment(), writer).RunAsync(), "volley");
        case GrepRequest grep:
            return writer.Finish(new GrepCommand(grep, writer).Run(), "volley");
        case DiffRequest diff:
            return writer.Finish(new DiffCommand(diff, writer).Run(), "volley");
        case RemoveRequest remove:
            return writer.Finish(new RemoveCommand(remove, writer).Run(), "volley");
        default:
            throw new InvalidOperationException("an unknown request");
    }
}

async Task<int> RunPlanAsync(RunOptions options)
{
    var environment = CreateEnvironment();
    if (options.Choice.Why.IsGiven)
        return writer.Finish(await new SelectionExplanation(options, environment, writer).RunAsync(), "volley");
    var settings = await new SettingsResolver(options, environment).ResolveAsync();
    if (options.Choice.DryRun.IsGiven)
        return writer.Finish(await new DryRun(settings, writer).RunAsync(), "volley");
    using (settings.Lock)
    using (settings.Ssh.Password)
    using (settings.Elevation?.Password)
        return await new RunCommand(await DescriptorLimit.FitAsync(settings, writer), writer, TimeProvider.System).RunAsync();
}

ProgramEnvironment CreateEnvironment() => new()
{
    StdinIsTerminal = TerminalCalls.IsTerminal(0),
    StdoutIsTerminal = writer.StdoutIsTerminal,
    StderrIsTerminal = writer.StderrIsTerminal,
    Variable = SystemEnvironment.Variable,
    OpenStandardInput = StandardInputFile.Open,
    AskPassword = PasswordQuestion.AskPassword,
    AskPassphrase = PasswordQuestion.AskPassphrase,
    AskOptionalPassword = PasswordQuestion.AskOptionalPassword,
    Ask = TerminalQuestion.Ask,
    HasTerminal = TerminalQuestion.IsPossible,
    AskSecret = PasswordQuestion.AskSecret,
    AnswerPrompt = new TerminalPrompts(writer).AskAsync,
    Report = line =>
    {
        writer.PrintErr(line);
        writer.Flush();
    },
};

int End(int code, params string[] messages)
{
    writer.PrintErr($"volley: {messages[0]}");
    foreach (var line in messages.Skip(1).SelectMany(m => m.Split('\n')))
        writer.PrintErr(line);
    writer.Flush();
    return code;
}
