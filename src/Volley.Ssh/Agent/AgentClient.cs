using System.Collections.Concurrent;
using System.Net.Sockets;
using Volley.Interop.Files;
using Volley.Interop.Waiting;
using Volley.Ssh.Keys;
using Volley.Ssh.Wire;

namespace Volley.Ssh.Agent;

/// <summary>
/// A client of an ssh-agent. It sends only a few requests at once, however many connections need a signature. An agent that ends, or does
/// not answer in time, is not asked again, so it delays a run only once.
/// </summary>
internal sealed class AgentClient : IDisposable
{
    /// <summary>The number of concurrent requests. ssh-agent handles one after the other, and its backlog is short.</summary>
    private const int MaxConcurrentRequests = 4;

    private static readonly byte[] Refusal = [AgentMessage.Failure];

    private readonly string _path;
    private readonly string? _source;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly AsyncGate _gate = new(MaxConcurrentRequests);
    private readonly ConcurrentBag<AgentConnection> _idle = [];
    private readonly Lock _lock = new();
    private Task<IReadOnlyList<UserKey>>? _keys;
    private volatile string? _unavailableReason;
    private volatile bool _isDisposed;

    /// <summary>Creates the client. The agent is not contacted yet.</summary>
    /// <param name="path">The agent's socket: the value of SSH_AUTH_SOCK or IdentityAgent.</param>
    /// <param name="limit">
    /// The time limit for an answer; null for 5 s. The signature of a security key, which the user must touch, has only the caller's limit.
    /// </param>
    /// <param name="time">The clock; the system clock if null.</param>
    /// <param name="source">The name of the variable or the directive with the path, for messages; null for none.</param>
    public AgentClient(string path, TimeSpan? limit = null, TimeProvider? time = null, string? source = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (_path, _limit, _time, _source) = (path, limit ?? TimeSpan.FromSeconds(5), time ?? TimeProvider.System, source);
    }

    /// <summary>Why the agent is not asked any more; null if it is.</summary>
    public string? UnavailableReason => _unavailableReason;

    /// <summary>Returns the agent's keys and certificates that can log in; empty without an agent. The agent is asked only once.</summary>
    /// <exception cref="OperationCanceledException">The token fired. Other callers continue to wait.</exception>
    public async ValueTask<IReadOnlyList<UserKey>> GetKeysAsync(CancellationToken cancellationToken = default)
    {
        Task<IReadOnlyList<UserKey>> keys;
        lock (_lock)
            keys = _keys ??= ListAsync();
        return await keys.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the connections to the agent.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out var connection))
            connection.Dispose();
        // The semaphore is not disposed: it has no system handle, and a pending request may still release it.
    }

    /// <summary>
    /// Requests a signature. With a key that is restricted to hosts, the agent signs only if it knows the host of the connection. It is told
    /// after a refusal, on a separate connection to it for that host.
    /// </summary>
    /// <exception cref="SshException">The agent refuses, or is not asked any more (<see cref="SshFailure.AuthenticationFailed"/>).</exception>
    internal async ValueTask<byte[]> SignAsync(
        AgentKey key, string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken)
    {
        var flags = KeyAlgorithm.Find(KeyTypes.Plain(algorithm))?.AgentFlags ?? 0;
        var question = SignRequest(key.PublicBlob.Span, data.Span, flags);
        var limit = KeyTypes.IsSecurityKey(key.KeyType) ? Timeout.InfiniteTimeSpan : _limit;
        var answer = key.IsBoundToHosts && session is not null
            ? Refusal
            : await AskAsync(question, limit, cancellationToken).ConfigureAwait(false);
        if (answer[0] == AgentMessage.Failure && session is not null)
        {
            answer = await AskWithinAsync(token => AskForSessionAsync(question, session, token), limit, cancellationToken).ConfigureAwait(false);
            key.IsBoundToHosts |= answer[0] == AgentMessage.SignResponse;
        }

        if (answer[0] != AgentMessage.SignResponse)
            throw Failed($"the agent does not sign by {key.Label}");
        try
        {
            var fields = new SshReader(answer.AsSpan(1), "the agent's answer");
            var signature = fields.ReadString().ToArray();
            // Older agents ignore the flags and sign with SHA-1.
            return new SshReader(signature, "the agent's signature").ReadName() == KeyTypes.Plain(algorithm)
                ? signature
                : throw Failed($"the agent does not sign by {key.Label} with {KeyTypes.Plain(algorithm)}");
        }
        catch (SshException damaged) when (damaged.Failure == SshFailure.UnusableKey)
        {
            throw Failed(damaged.Message);
        }
    }

    private static SshException Failed(string message) => new(SshFailure.AuthenticationFailed, message);

    private async Task<IReadOnlyList<UserKey>> ListAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var answer = await AskAsync(Frame(new SshWriter(AgentMessage.RequestIdentities)), _limit, CancellationToken.None).ConfigureAwait(false);
            return answer[0] == AgentMessage.IdentitiesAnswer ? Parse(answer.AsSpan(1)) : [];
        }
        catch (SshException failure)
        {
            _unavailableReason ??= failure.Message;
            return [];
        }
    }

    private List<UserKey> Parse(ReadOnlySpan<byte> answer)
    {
        var fields = new SshReader(answer, "the agent's answer");
        var keys = new List<UserKey>();
        for (var count = fields.ReadUInt32(); count > 0; count--)
        {
            var blob = fields.ReadString().ToArray();
            var comment = fields.ReadText();
            var type = new SshReader(blob, "a key of the agent").ReadName();
            if (KeyTypes.SignatureAlgorithms(type) is { Count: > 0 } algorithms && IsUsers(type, blob))
                keys.Add(new AgentKey(this, comment.Length == 0 ? type : comment, type, blob, algorithms));
        }

        return keys;
    }

    /// <summary>Returns whether a key can log in. A host's certificate can't.</summary>
    private static bool IsUsers(string type, byte[] blob)
    {
        try
        {
            return !KeyTypes.IsCertificate(type) || KeyCertificate.Parse(blob).Role == CertificateRole.User;
        }
        catch (SshException)
        {
            return false;
        }
    }

    private static byte[] SignRequest(ReadOnlySpan<byte> publicBlob, ReadOnlySpan<byte> data, uint flags)
    {
        var request = new SshWriter(AgentMessage.SignRequest, publicBlob.Length + data.Length + 16);
        request.WriteString(publicBlob);
        request.WriteString(data);
        request.WriteUInt32(flags);
        return Frame(request);
    }

    /// <summary>Returns a request, preceded by its length.</summary>
    private static byte[] Frame(SshWriter request) => SshWriter.EncodeString(request.ToArray());

    private Task<byte[]> AskAsync(byte[] question, TimeSpan limit, CancellationToken cancellationToken) =>
        AskWithinAsync(token => AskAsync(question, token), limit, cancellationToken);

    private async Task<byte[]> AskWithinAsync(Func<CancellationToken, Task<byte[]>> ask, TimeSpan limit, CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_unavailableReason is { } reason)
                throw Failed(reason);
            using var timeout = new CancellationTokenSource(limit, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                return await ask(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw Abandon($"has not answered for {limit.TotalSeconds:0.###} s");
            }
            catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or ArgumentException)
            {
                throw Abandon($"can't be reached: {SocketFile.Explain(_path, failure)}");
            }
        }
        finally
        {
            _gate.Leave();
        }
    }

    private async Task<byte[]> AskAsync(byte[] question, CancellationToken cancellationToken)
    {
        if (_idle.TryTake(out var used))
        {
            try
            {
                return await AskAsync(used, question, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is IOException or SocketException)
            {
                // The agent may have closed the idle connection; a new connection shows whether it lives.
            }
        }

        var fresh = await AgentConnection.ConnectAsync(_path, cancellationToken).ConfigureAwait(false);
        return await AskAsync(fresh, question, cancellationToken).ConfigureAwait(false);
    }

    private async Task<byte[]> AskAsync(AgentConnection connection, byte[] question, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await connection.AskAsync(question, cancellationToken).ConfigureAwait(false);
            if (_isDisposed)
                connection.Dispose();
            else
                _idle.Add(connection);
            return answer;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request on a separate connection that is bound to the session first. An agent without this feature refuses.</summary>
    private async Task<byte[]> AskForSessionAsync(byte[] question, SessionProof session, CancellationToken cancellationToken)
    {
        using var connection = await AgentConnection.ConnectAsync(_path, cancellationToken).ConfigureAwait(false);
        try
        {
            if ((await connection.AskAsync(
                AgentBinding.Request(session, isForwarded: false), cancellationToken).ConfigureAwait(false))[0] != AgentMessage.Success)
                return Refusal;
        }
        catch (Exception end) when (end is IOException or SocketException)
        {
            // An agent that does not know extensions may close the connection; it can still be used.
            return Refusal;
        }

        return await connection.AskAsync(question, cancellationToken).ConfigureAwait(false);
    }

    private SshException Abandon(string why)
    {
        _unavailableReason ??= $"{(_source is null ? "" : $"{_source}: ")}the agent at {_path} {why}";
        return Failed(_unavailableReason);
    }
}
