using Volley.Ssh;
using Volley.Transports.Channels;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>A control master that we hold one connection to, for any number of commands at once.</summary>
/// <param name="socket">The path of its socket.</param>
/// <param name="connection">Our connection through it.</param>
/// <param name="end">Who ends it.</param>
/// <param name="software">What the server calls itself; null if that is not known.</param>
/// <param name="starter">The ssh that started it, whose log goes on with its messages; null for a master that was there before.</param>
/// <param name="forwards">How many connections are made through it at once, where it is a jump host.</param>
internal sealed class Master(string socket, SshConnection connection, MasterEnd end, string? software, OpenSshProcess? starter, int forwards) : IAsyncDisposable
{
    /// <summary>How long the server may take to close what is left when we leave a master that lives on.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>The path of its socket.</summary>
    public string Socket { get; } = socket;

    /// <summary>Who ends it.</summary>
    public MasterEnd End { get; } = end;

    /// <summary>When it was last written down that it is used, as <see cref="Environment.TickCount64"/> counts.</summary>
    public long Touched { get; set; }

    /// <summary>Whether this run started it.</summary>
    public bool IsOurs => starter is not null;

    /// <summary>What it is the same for; set by the pool.</summary>
    public string Key { get; set; } = "";

    /// <summary>How many sessions are on it or about to be; guarded by the pool.</summary>
    public int Users { get; set; }

    /// <summary>The higher, the later it was used; guarded by the pool.</summary>
    public long LastUse { get; set; }

    /// <summary>Whether the pool lets go of it; guarded by the pool.</summary>
    public bool IsRetired { get; set; }

    /// <summary>The places for connections that are being made through it.</summary>
    public SemaphoreSlim Forwards { get; } = new(forwards);

    /// <summary>Our connection to it, and the sessions on it.</summary>
    public SharedConnection Connection { get; } = new(connection, software, () => starter?.LastWords());

    /// <summary>Whether the connection is over.</summary>
    public bool IsOver => Connection.IsOver;

    /// <summary>Whether its master says that the server could not connect further.</summary>
    public bool HasRefusedForwards => starter?.RefusedForwards() is { Count: > 0 };

    /// <summary>Why the server could not connect further, where its master says that, and always the same; else null.</summary>
    public string? RefusedForward() => starter?.RefusedForwards() is [var only] ? only : null;

    /// <summary>Lets go of it; it lives on.</summary>
    public async ValueTask DisposeAsync()
    {
        await Connection.DropSpareAsync().ConfigureAwait(false);
        if (End == MasterEnd.ByItself && !IsOver)
            await WaitUntilIdleAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
        Forwards.Dispose();
        if (starter is not null)
            await starter.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>An OpenSSH master can crash when a client leaves while a channel of its is still closing.</summary>
    private async Task WaitUntilIdleAsync()
    {
        using var limit = new CancellationTokenSource(IdleLimit);
        try
        {
            await connection.WaitUntilIdleAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception enough) when (enough is OperationCanceledException or SshException)
        {
            // A server that does not answer is not waited for.
        }
    }
}

/// <summary>Who ends a master.</summary>
internal enum MasterEnd
{
    /// <summary>The run that started it.</summary>
    WithRun,

    /// <summary>Nobody: it ends itself some time after its last use.</summary>
    ByItself,
}
