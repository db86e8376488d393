namespace Volley.Transports.Sharing;

/// <summary>A login at a server: an authenticated connection that several commands may use.</summary>
internal interface ISharedLogin
{
    /// <summary>Whether the connection is over.</summary>
    bool IsOver { get; }

    /// <summary>Whether the server is known to run only one command on a connection.</summary>
    bool IsForOneCommand { get; }

    /// <summary>Releases what an unused login does not need. It must not block, because the lock of the table is held.</summary>
    void BecomeIdle();
}
