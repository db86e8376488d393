using System.Text.Json;
using Volley.Interop;
using Volley.Relay.Wire;

namespace Volley.Relay.Jobs;

/// <summary>Checks of a document that is signed. A signer may run commands at targets, but nothing at the relay.</summary>
internal static class DocumentChecks
{
    private const int MaxRetries = 10_000;

    private static readonly string[] Transports = ["auto", "native", "openssh", "exec"];
    private static readonly string[] Elevations = ["sudo", "doas", "su"];

    /// <summary>Checks a document.</summary>
    /// <exception cref="JsonException">It is malformed.</exception>
    /// <exception cref="ArgumentException">A value is outside of its range.</exception>
    /// <exception cref="RefusedException">It asks for what this relay does not do.</exception>
    public static void Check(JobDocument document, bool allowsExec)
    {
        if (!RelayNames.IsName(document.Run) || document.Round < 0)
            throw new JsonException("its run or its round has no valid name");
        if (document.Pieces is null or [] || document.Pieces.Any(hash => hash is not { Length: 64 }))
            throw new JsonException("its pieces are not hashes");
        if (document.Title is null || document.Controller is null || document.Version is null || document.Limits is null || document.Connections is null)
            throw new JsonException("a member is null");
        if (document.Lease is { } lease && !(lease is >= 1 and <= 86_400))
            throw new JsonException("its lease is not between 1 s and a day");
        if (document.Inputs is null || document.Inputs.Any(input => input is not { Command: >= 0, Length: >= 0, Sha256.Length: 64 })
            || document.Inputs.DistinctBy(input => input.Command).Count() != document.Inputs.Length)
        {
            throw new JsonException("its inputs are malformed");
        }

        Check(document.Connections, allowsExec);
    }

    private static void Check(RelayConnectionSettings connections, bool allowsExec)
    {
        if (!Transports.Contains(connections.Transport))
            throw new JsonException("its transport is unknown");
        if (connections.Transport == "exec" && !allowsExec)
            throw new RefusedException("it runs processes on the relay (--transport exec); this relay was not started with --allow-exec");
        if (connections.SshOptions.IsDefault || connections.SshOptions.Any(option => option is null))
            throw new JsonException("its ssh options are malformed");
        if (RelaySshOptions.FindFault(connections.SshOptions) is { } fault)
            throw new RefusedException(fault);
        if (TargetFields.FindFault("host", connections.User, null, null) is { } wrong)
            throw new RefusedException(wrong);
        Argument.Port(connections.Port, "port");
        if (connections.ConnectRetries is < 0 or > MaxRetries)
            throw new JsonException("its number of retries is out of range");
        if (connections.CloseGrace is { } grace)
            Argument.Time(TimeSpan.FromSeconds(grace), "close grace");
        if (connections.Elevation is { } program && !Elevations.Contains(program))
            throw new RefusedException("its program for another user is not sudo, doas or su");
        if (connections.ElevationUser is { } user && TargetFields.FindFault("host", user, null, null) is { } unusable)
            throw new RefusedException(unusable);
    }
}
