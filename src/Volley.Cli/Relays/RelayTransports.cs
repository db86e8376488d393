using System.Text;
using Microsoft.Extensions.Logging;
using Volley.Cli.Options;
using Volley.Cli.Options.Limits;
using Volley.Cli.Run;
using Volley.Relay;

namespace Volley.Cli.Relays;

/// <summary>Opens the transports of jobs at a relay: by the connections of the job and the relay's own configuration of ssh.</summary>
/// <param name="run">The options of the relay.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class RelayTransports(RunOptions run, ILogger logger, TimeProvider time)
{
    /// <summary>Opens the transport of a job.</summary>
    /// <param name="settings">The connections of the job, which were checked.</param>
    /// <param name="password">The password of the elevation; null for none.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="RelayException">The transport is not available here.</exception>
    public ValueTask<ITransport> OpenAsync(RelayConnectionSettings settings, string? password, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var choice = Enum.Parse<TransportChoice>(settings.Transport, ignoreCase: true);
        var own = run.Connections.Ssh(run.Hosts, connectTimeout: null);
        var ssh = own with
        {
            User = settings.User ?? own.User,
            Port = settings.Port ?? own.Port,
            // As on the command line of ssh, the first value of a directive counts.
            Directives = [.. settings.SshOptions, .. own.Directives],
        };
        try
        {
            ITransport transport = choice.UsesSsh()
                ? new PacedTransport(RunTransport.CreateOverSsh(choice, ssh, logger, time), settings.ConnectRetries, null, logger, time)
                : RunTransport.CreateLocal(settings.User, Placeholders.Replace);
            return new(RunTransport.Complete(transport, GetElevation(settings, password), GetSupervision(settings), choice.UsesSsh() ? ssh : null, logger, time));
        }
        catch (TransportException missing)
        {
            throw new RelayException(Remedies.GetMessage(missing), missing);
        }
    }

    private static ElevationSettings? GetElevation(RelayConnectionSettings settings, string? password) => settings.Elevation is not { } program ? null : new()
    {
        Method = Enum.Parse<ElevationMethod>(program, ignoreCase: true),
        User = settings.ElevationUser ?? "root",
        Password = string.IsNullOrEmpty(password) ? null : new SshPassword(Encoding.UTF8.GetBytes(password)),
    };

    private static SupervisionSettings? GetSupervision(RelayConnectionSettings settings) =>
        settings.CloseGrace is { } grace ? DisconnectOptions.CreateSettings(TimeSpan.FromSeconds(grace)) : null;
}
