using Volley.Ssh.Config;
using Volley.Targets;
using Volley.Transports.OpenSsh;

namespace Volley.Cli.Options;

/// <summary>Refuses what ssh would refuse for every host, before any is contacted.</summary>
internal static class SshOptionErrors
{
    /// <exception cref="UsageException">A user or a directive is bad.</exception>
    /// <exception cref="HostListException">The list of jump hosts is bad; the place is shown.</exception>
    public static void Check(OpenSshOptions options)
    {
        try
        {
            _ = OpenSshOptionsCheck.Check(options);
        }
        catch (SshConfigException failure) when (failure.JumpPosition is { } position)
        {
            throw new HostListException(failure.Message, options.Jump!, position, failure);
        }
        catch (SshConfigException failure)
        {
            throw new UsageException(failure.Message);
        }
    }
}
