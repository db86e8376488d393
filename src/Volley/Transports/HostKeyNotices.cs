using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Volley.Transports;

/// <summary>
/// Counts the host keys that a run records, and reports what is wrong with host keys once a host or file. All transports of a
/// run share one.
/// </summary>
public sealed partial class HostKeyNotices
{
    private readonly ConcurrentDictionary<string, bool> _reported = [];
    private int _recorded;

    /// <summary>How many host keys were recorded in files of known hosts; those that ssh adds later (UpdateHostKeys) do not count.</summary>
    public int Recorded => Volatile.Read(ref _recorded);

    /// <summary>A new key was recorded.</summary>
    /// <param name="logger">Receives the message, at level Information.</param>
    /// <param name="node">The node.</param>
    /// <param name="keyType">The key's type, as ssh names it to users: <c>ED25519</c>.</param>
    /// <param name="file">The file; null if it is not known.</param>
    internal void OnRecorded(ILogger logger, string node, string keyType, string? file)
    {
        Interlocked.Increment(ref _recorded);
        LogRecorded(logger, node, keyType, file ?? "the file of known hosts");
    }

    /// <summary>A new key could not be recorded, and the host was accepted all the same.</summary>
    /// <param name="logger">Receives the message, at level Warning, once a file.</param>
    /// <param name="file">The file; null if it is not known.</param>
    /// <param name="reason">Why, in the system's words; null if that is not known.</param>
    internal void OnNotRecorded(ILogger logger, string? file, string? reason)
    {
        if (_reported.TryAdd($"file {file}", true))
            LogNotRecorded(logger, file ?? "the file of known hosts", reason ?? "ssh can't write it");
    }

    /// <summary>A key that is not the known one was accepted, because StrictHostKeyChecking is no.</summary>
    /// <param name="logger">Receives the message, at level Warning, once a host.</param>
    /// <param name="node">The node.</param>
    /// <param name="host">What the host's key is looked up by.</param>
    internal void OnChanged(ILogger logger, string node, string host)
    {
        if (_reported.TryAdd($"host {host}", true))
            LogChanged(logger, node);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: recorded its {KeyType} host key in {File}")]
    private static partial void LogRecorded(ILogger logger, string node, string keyType, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "new host keys can't be recorded in {File}: {Reason}; unknown hosts are accepted without a record")]
    private static partial void LogNotRecorded(ILogger logger, string file, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node}: the host key is not the known one; accepted because StrictHostKeyChecking is no, and no password is sent")]
    private static partial void LogChanged(ILogger logger, string node);
}
