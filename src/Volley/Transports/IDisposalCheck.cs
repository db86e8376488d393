namespace Volley.Transports;

/// <summary>A transport that tells whether it was disposed, or something that it uses was. A run then ends before it begins.</summary>
internal interface IDisposalCheck
{
    /// <summary>Throws if a connection can't be made any more, because something is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The transport is disposed, or a private key or the password of its options is.</exception>
    void ThrowIfDisposed();
}
