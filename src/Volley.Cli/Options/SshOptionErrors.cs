using Volley.Ssh;

namespace Volley.Cli.Options;

/// <summary>Refuses options that ssh would refuse for every host, before a host is contacted.</summary>
internal static class SshOptionErrors
{
    /// <summary>Checks the options.</summary>
    /// <exception cref="UsageException">A user or a directive is invalid.</exception>
    /// <exception cref="HostListException">The list of jump hosts is invalid; the exception has the position.</exception>
    public static void Check(SshOptions options)
    {
        try
        {
            _ = OpenSsh.CheckOptions(options);
        }
        catch (SshConfigException failure) when (failure.JumpPosition is { } position)
        {
            throw new HostListException(failure.Message, options.ProxyJump!, position, failure);
        }
        catch (SshConfigException failure)
        {
            throw new UsageException(failure.Message);
        }
    }
}
