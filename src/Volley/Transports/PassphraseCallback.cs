namespace Volley;

/// <summary>Returns the passphrase of a private key file.</summary>
/// <param name="path">The path of the file.</param>
/// <param name="isRetry">Whether a passphrase of the file was asked for before, and was wrong.</param>
/// <returns>The passphrase in UTF-8, which is overwritten with zeros after use. Null or empty skips the key.</returns>
public delegate byte[]? PassphraseCallback(string path, bool isRetry);
