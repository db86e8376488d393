using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Volley.Transports;

/// <summary>
/// Counts the host keys that a run records, and reports problems with host keys once per host or file. All transports of a run
/// share one instance.
/// </summary>
internal sealed partial class HostKeyNotices
{
    private readonly ConcurrentDictionary<string, bool> _reported = [];
    private readonly ConcurrentDictionary<string, bool> _changed = new(StringComparer.OrdinalIgnoreCase);
    private int _recorded;

    /// <summary>The number of host keys recorded in known_hosts files, without those that ssh adds later (UpdateHostKeys).</summary>
    public int Recorded => Volatile.Read(ref _recorded);

    /// <summary>Reports that a new key was recorded.</summary>
    /// <param name="logger">Receives the message, at level Information.</param>
    /// <param name="node">The node.</param>
    /// <param name="keyType">The key's type as ssh shows it to users: <c>ED25519</c>.</param>
    /// <param name="file">The file; null if unknown.</param>
    internal void OnRecorded(ILogger logger, string node, string keyType, string? file)
    {
        Interlocked.Increment(ref _recorded);
        LogRecorded(logger, node, keyType, file ?? "the file of known hosts");
    }

    /// <summary>Reports that a new key could not be recorded and the host was accepted nevertheless.</summary>
    /// <param name="logger">Receives the message, at level Warning, once per file.</param>
    /// <param name="file">The file; null if unknown.</param>
    /// <param name="reason">The system's error message; null if unknown.</param>
    internal void OnNotRecorded(ILogger logger, string? file, string? reason)
    {
        if (_reported.TryAdd($"file {file}", true))
            LogNotRecorded(logger, file ?? "the file of known hosts", reason ?? "ssh can't write it");
    }

    /// <summary>Reports that a changed key was accepted because StrictHostKeyChecking is no.</summary>
    /// <param name="logger">Receives the message, at level Warning, once per host.</param>
    /// <param name="node">The node.</param>
    /// <param name="name">The host as the user or a jump host's configuration names it.</param>
    /// <param name="host">The name by which the host's key is looked up.</param>
    internal void OnChanged(ILogger logger, string node, string name, string host)
    {
        _changed.TryAdd(name, true);
        if (_reported.TryAdd($"host {host}", true))
            LogChanged(logger, node);
    }

    /// <summary>Returns whether a changed key was accepted for the host of a target, on any of its ports.</summary>
    internal bool HasChanged(Target target) => _changed.ContainsKey(target.Host);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node}: recorded its {KeyType} host key in {File}")]
    private static partial void LogRecorded(ILogger logger, string node, string keyType, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "new host keys can't be recorded in {File}: {Reason}; unknown hosts are accepted without a record")]
    private static partial void LogNotRecorded(ILogger logger, string file, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Node}: the host key differs from the known one; accepted because StrictHostKeyChecking is no, and no password is sent")]
    private static partial void LogChanged(ILogger logger, string node);
}
