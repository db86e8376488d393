using Volley.Cli.Options.Parsing;
using Volley.Ssh;

namespace Volley.Cli.Options;

/// <summary>Refuses options that ssh would refuse for every host, before a host is contacted.</summary>
internal static class SshOptionErrors
{
    // The beginning of a message about a value that is not in a file of ssh_config.
    private const string CommandLine = "command line: ";

    /// <summary>Checks that the options are consistent with each other.</summary>
    /// <exception cref="UsageException">A user or a directive is invalid.</exception>
    /// <exception cref="HostListException">The list of jump hosts is invalid; the exception has the position.</exception>
    public static void Check(SshOptions options) => Check("", new()
    {
        User = options.User,
        Port = options.Port,
        ProxyJump = options.ProxyJump,
        Directives = options.Directives,
    });

    /// <summary>Accepts a login name.</summary>
    public static string ReadUser(string name, string text) => Check($"{name}: ", new() { User = text }) ?? text;

    /// <summary>Accepts jump hosts.</summary>
    public static string ReadJump(string name, string text) => Check($"{name}: ", new() { ProxyJump = text }) ?? text;

    /// <summary>Accepts a directive of ssh_config(5). One that this version does not know is left to ssh.</summary>
    public static string ReadDirective(string name, string text) => Check($"{name} {text}: ", new() { Directives = [Values.KeyValue(name, text)] }) ?? text;

    /// <summary>Checks values. Returns null.</summary>
    private static string? Check(string prefix, SshOverrides values)
    {
        try
        {
            _ = values.Check();
            return null;
        }
        catch (SshConfigException failure) when (failure.JumpPosition is { } position)
        {
            throw new HostListException(failure.Message, values.ProxyJump!, position, failure);
        }
        catch (SshConfigException failure)
        {
            var message = failure.Message.StartsWith(CommandLine, StringComparison.Ordinal) ? failure.Message[CommandLine.Length..] : failure.Message;
            throw new UsageException(message.StartsWith(prefix, StringComparison.Ordinal) ? message : prefix + message);
        }
    }
}
