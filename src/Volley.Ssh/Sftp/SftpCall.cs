using System.Threading.Tasks.Sources;

namespace Volley.Ssh.Sftp;

/// <summary>A request whose caller waits for the answer. The connection uses it again after that, so that calls allocate nothing.</summary>
/// <param name="connection">The connection.</param>
internal sealed class SftpCall(SftpConnection connection) : SftpRequest, IValueTaskSource<SftpReply>
{
    private ManualResetValueTaskSourceCore<SftpReply> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;

    /// <summary>Waits for the answer. Call it once for each use.</summary>
    /// <param name="cancellationToken">Abandons the call.</param>
    public ValueTask<SftpReply> WaitAsync(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken.UnsafeRegister(static (call, token) => ((SftpCall)call!).Cancel(token), this);
        return new(this, _source.Version);
    }

    public override void Complete(SftpReply reply) => _source.SetResult(reply);

    public override void Fail(SftpException failure) => _source.SetException(failure.Copy(null));

    public SftpReply GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            // Waits for a callback that runs: it must not meet the next use.
            _cancellation.Dispose();
            if (!IsAbandoned)
            {
                _source.Reset();
                connection.Recycle(this);
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (connection.TryAbandon(this))
            _source.SetException(new OperationCanceledException(token));
    }
}
