using System.Text;
using Volley.Interop.Text;
using Volley.Ssh.Keys;
using Volley.Ssh.Signatures;
using Volley.Ssh.Wire;

namespace Volley.Ssh;

/// <summary>
/// A file of keys that may sign (ALLOWED SIGNERS in ssh-keygen(1)): each line has principals, options such as <c>namespaces="…"</c>,
/// <c>valid-after</c>, <c>valid-before</c> and <c>cert-authority</c>, and a key.
/// </summary>
/// <remarks>A file with one line that is wrong is refused as a whole, so that a typo in an option can't widen what a key may sign.</remarks>
public sealed class AllowedSigners
{
    private readonly List<AllowedSigner> _signers = [];

    private AllowedSigners()
    {
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <returns>The signers.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="SshException">The file can't be read, or a line of it is wrong (<see cref="SshFailure.UnusableKey"/>).</exception>
    public static AllowedSigners Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse(Encoding.UTF8.GetString(SystemFile.ReadAllBytes(path)), path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SshException(SshFailure.UnusableKey, $"{path}: {failure.Message}", failure);
        }
    }

    /// <summary>Parses the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name of the text in messages, such as the path of its file.</param>
    /// <returns>The signers.</returns>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="SshException">A line is wrong (<see cref="SshFailure.UnusableKey"/>).</exception>
    public static AllowedSigners Parse(string text, string name = "allowed signers")
    {
        ArgumentNullException.ThrowIfNull(text);
        var signers = new AllowedSigners();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.AsSpan().Trim() is { Length: > 0 } content && content[0] != '#')
                signers._signers.Add(AllowedSigner.Parse(content.ToString(), $"{name} line {number}"));
        }

        return signers;
    }

    /// <summary>Verifies a signature.</summary>
    /// <param name="signature">The signature.</param>
    /// <param name="message">The message.</param>
    /// <param name="purpose">The namespace that the signature must be for.</param>
    /// <param name="time">The time at which the key must be valid.</param>
    /// <returns>
    /// The principals of the line that allows the signer, or of its certificate; null if the signature is not that of an allowed signer.
    /// </returns>
    /// <exception cref="ArgumentNullException">The signature is null.</exception>
    /// <exception cref="ArgumentException">The purpose is empty.</exception>
    public string? Verify(SshSignature signature, ReadOnlySpan<byte> message, string purpose, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(signature);
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        if (signature.Namespace != purpose || FindSigner(signature, purpose, time) is not { } signer)
            return null;
        return signature.IsOf(message) ? signer : null;
    }

    private string? FindSigner(SshSignature signature, string purpose, DateTimeOffset time)
    {
        var certificate = ReadCertificate(signature.PublicKey.Span);
        return _signers.Select(signer => signer.FindPrincipals(signature.PublicKey.Span, certificate, purpose, time))
            .FirstOrDefault(found => found is not null);
    }

    private static KeyCertificate? ReadCertificate(ReadOnlySpan<byte> blob)
    {
        try
        {
            return KeyTypes.IsCertificate(new SshReader(blob, "the key").ReadName()) ? KeyCertificate.Parse(blob) : null;
        }
        catch (SshException)
        {
            return null;
        }
    }
}
