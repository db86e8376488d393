using System.Collections.Concurrent;
using System.Net.Sockets;
using Volley.Ssh.Keys;

namespace Volley.Ssh.Authentication;

/// <summary>
/// A client of an ssh-agent. A few questions are under way at once, however many connections want a signature. An agent
/// that goes, or does not answer in time, is given up for good, so that it holds up nobody twice.
/// </summary>
public sealed class AgentClient : IDisposable
{
    /// <summary>How many questions are under way at once: ssh-agent takes one after the other anyway, and its backlog is short.</summary>
    private const int AtOnce = 4;

    private static readonly byte[] Refusal = [AgentMessage.Failure];

    private readonly string _path;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turns = new(AtOnce);
    private readonly ConcurrentBag<AgentConnection> _idle = [];
    private readonly Lock _lock = new();
    private Task<IReadOnlyList<UserKey>>? _keys;
    private volatile string? _trouble;
    private volatile bool _isDisposed;

    /// <summary>Nothing is contacted yet.</summary>
    /// <param name="path">The agent's socket: what SSH_AUTH_SOCK or IdentityAgent says.</param>
    /// <param name="limit">How long an answer may take; null for 5 s. A security key's signature, for which somebody must touch it, has no limit but the caller's.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public AgentClient(string path, TimeSpan? limit = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (_path, _limit, _time) = (path, limit ?? TimeSpan.FromSeconds(5), time ?? TimeProvider.System);
    }

    /// <summary>Why the agent is not asked any more; null while it is.</summary>
    public string? Trouble => _trouble;

    /// <summary>The keys and certificates that the agent holds, of a kind that can log in; it is asked once. None if there is no agent.</summary>
    /// <exception cref="OperationCanceledException">The token fired; whoever else waits goes on.</exception>
    public async ValueTask<IReadOnlyList<UserKey>> GetKeysAsync(CancellationToken cancellationToken = default)
    {
        Task<IReadOnlyList<UserKey>> keys;
        lock (_lock)
            keys = _keys ??= ListAsync();
        return await keys.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes what is open.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryTake(out var connection))
            connection.Dispose();
        // The semaphore has no handle of the system, and somebody may yet give a turn back.
    }

    /// <summary>
    /// Has the agent sign. By a key that is bound to hosts it does so only once it knows which of them the connection is
    /// with; it is told where it has refused, on a connection to it that serves no other host.
    /// </summary>
    /// <exception cref="SshException">It refuses, or is given up (<see cref="SshFailure.AuthenticationFailed"/>).</exception>
    internal async ValueTask<byte[]> SignAsync(AgentKey key, string algorithm, ReadOnlyMemory<byte> data, SessionProof? session, CancellationToken cancellationToken)
    {
        var flags = KeyTypes.Plain(algorithm) switch
        {
            "rsa-sha2-256" => AgentMessage.RsaSha256,
            "rsa-sha2-512" => AgentMessage.RsaSha512,
            _ => 0U,
        };
        var question = Question(AgentMessage.SignRequest, new KeyFieldsWriter().Bytes(key.PublicBlob.Span).Bytes(data.Span).UInt32(flags).ToArray());
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
            var fields = new KeyFields(answer.AsSpan(1), "the agent's answer");
            var signature = fields.Bytes().ToArray();
            // Its flags are newer than some agents, which then sign by SHA-1.
            return new KeyFields(signature, "the agent's signature").Name() == KeyTypes.Plain(algorithm)
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
            var answer = await AskAsync(Question(AgentMessage.RequestIdentities, []), _limit, CancellationToken.None).ConfigureAwait(false);
            return answer[0] == AgentMessage.IdentitiesAnswer ? Parse(answer.AsSpan(1)) : [];
        }
        catch (SshException failure)
        {
            _trouble ??= failure.Message;
            return [];
        }
    }

    private List<UserKey> Parse(ReadOnlySpan<byte> answer)
    {
        var fields = new KeyFields(answer, "the agent's answer");
        var keys = new List<UserKey>();
        for (var count = fields.UInt32(); count > 0; count--)
        {
            var blob = fields.Bytes().ToArray();
            var comment = fields.Text();
            var type = new KeyFields(blob, "a key of the agent").Name();
            if (KeyTypes.SignatureAlgorithms(type) is { Count: > 0 } algorithms && IsUsers(type, blob))
                keys.Add(new AgentKey(this, comment.Length == 0 ? type : comment, type, blob, algorithms));
        }

        return keys;
    }

    /// <summary>A host's certificate is none to log in with.</summary>
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

    private static byte[] Question(byte number, byte[] fields) =>
        [.. new KeyFieldsWriter().UInt32((uint)fields.Length + 1).ToArray(), number, .. fields];

    private Task<byte[]> AskAsync(byte[] question, TimeSpan limit, CancellationToken cancellationToken) =>
        AskWithinAsync(token => AskAsync(question, token), limit, cancellationToken);

    private async Task<byte[]> AskWithinAsync(Func<CancellationToken, Task<byte[]>> ask, TimeSpan limit, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_trouble is { } trouble)
                throw Failed(trouble);
            using var timeout = new CancellationTokenSource(limit, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                return await ask(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw GiveUp($"has not answered for {limit.TotalSeconds:0.###} s");
            }
            catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or ArgumentException)
            {
                throw GiveUp($"can't be reached: {failure.Message}");
            }
        }
        finally
        {
            _turns.Release();
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
                // It may have closed what was idle; a new connection tells whether it lives.
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

    /// <summary>Asks on a connection of its own, which is bound to a session first; an agent that can't do that refuses.</summary>
    private async Task<byte[]> AskForSessionAsync(byte[] question, SessionProof session, CancellationToken cancellationToken)
    {
        using var connection = await AgentConnection.ConnectAsync(_path, cancellationToken).ConfigureAwait(false);
        // The last field says that the agent is not forwarded, but signs for this login.
        var binding = new KeyFieldsWriter().Name(AgentMessage.BindSession)
            .Bytes(session.HostKey.Span).Bytes(session.SessionId.Span).Bytes(session.Signature.Span).Boolean(false).ToArray();
        try
        {
            if ((await connection.AskAsync(Question(AgentMessage.Extension, binding), cancellationToken).ConfigureAwait(false))[0] != AgentMessage.Success)
                return Refusal;
        }
        catch (Exception end) when (end is IOException or SocketException)
        {
            // It may not know extensions at all; that is no reason to give it up.
            return Refusal;
        }

        return await connection.AskAsync(question, cancellationToken).ConfigureAwait(false);
    }

    private SshException GiveUp(string why)
    {
        _trouble ??= $"the agent at {_path} {why}";
        return Failed(_trouble);
    }
}
