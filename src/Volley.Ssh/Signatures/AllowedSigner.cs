using System.Globalization;
using Volley.Ssh.Config;
using Volley.Ssh.Keys;
using Volley.Ssh.Keys.Files;

namespace Volley.Ssh.Signatures;

/// <summary>A line of an allowed signers file.</summary>
internal sealed class AllowedSigner
{
    private static readonly string[] TimeFormats = ["yyyyMMdd", "yyyyMMddHHmm", "yyyyMMddHHmmss"];

    private readonly string _place;
    private readonly string _principals;
    private readonly byte[] _key;
    private bool _isAuthority;
    private string? _namespaces;
    private DateTimeOffset? _validAfter;
    private DateTimeOffset? _validBefore;

    private AllowedSigner(string line, string place)
    {
        _place = place;
        var words = new SignerWords(line, place);
        _principals = words.Next();
        var word = words.Next();
        // As in ssh-keygen, options are what precedes the type of a key.
        if (KeyAlgorithm.FindByKeyType(KeyTypes.Plain(word)) is null)
        {
            foreach (var option in SignerWords.SplitOptions(word, place))
                AddOption(option);
            word = words.Next();
        }

        _key = PublicKeyFile.ParseBlob(word, words.Next()) ?? throw Invalid("the key is damaged");
        if (KeyTypes.IsCertificate(word))
            throw Invalid("a certificate can't be listed; list the key of its authority with cert-authority");
        if (_validAfter >= _validBefore)
            throw Invalid("valid-after is not before valid-before");
    }

    /// <summary>Parses a line.</summary>
    /// <param name="line">The line, without spaces around it.</param>
    /// <param name="place">The file and the line, for messages.</param>
    /// <exception cref="SshException">The line is wrong (<see cref="SshFailure.UnusableKey"/>).</exception>
    public static AllowedSigner Parse(string line, string place) => new(line, place);

    /// <summary>Returns the principals if the line allows a key to sign for a purpose; null if it does not.</summary>
    /// <param name="key">The key or certificate.</param>
    /// <param name="certificate">The certificate; null for a plain key.</param>
    /// <param name="purpose">The namespace of the signature.</param>
    /// <param name="time">The time of the signature.</param>
    public string? FindPrincipals(ReadOnlySpan<byte> key, KeyCertificate? certificate, string purpose, DateTimeOffset time)
    {
        if (_namespaces is not null && !PatternList.Matches(purpose, _namespaces))
            return null;
        if (time < _validAfter || time >= _validBefore)
            return null;
        if (!_isAuthority)
            return key.SequenceEqual(_key) ? _principals : null;
        if (certificate is null || !certificate.AuthorityBlob.Span.SequenceEqual(_key) || certificate.WhyNotUser(time) is not null)
            return null;
        string[] matching = [.. certificate.Principals.Where(principal => PatternList.Matches(principal, _principals))];
        return matching.Length == 0 ? null : string.Join(',', matching);
    }

    private void AddOption((string Name, string? Value) option)
    {
        switch (option.Name.ToLowerInvariant(), option.Value)
        {
            case ("cert-authority", null):
                _isAuthority = true;
                break;
            case ("namespaces", { } patterns) when _namespaces is null:
                _namespaces = patterns;
                break;
            case ("valid-after", { } time) when _validAfter is null:
                _validAfter = ParseTime(time);
                break;
            case ("valid-before", { } time) when _validBefore is null:
                _validBefore = ParseTime(time);
                break;
            default:
                throw Invalid($"the option '{option.Name}' is not known, is repeated, or lacks its value");
        }
    }

    /// <summary>Parses YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, in the zone of this machine or, with a Z, in UTC.</summary>
    private DateTimeOffset ParseTime(string text)
    {
        var isUtc = text.EndsWith('Z');
        return DateTimeOffset.TryParseExact(
            isUtc ? text[..^1] : text, TimeFormats, CultureInfo.InvariantCulture, isUtc ? DateTimeStyles.AssumeUniversal : DateTimeStyles.AssumeLocal,
            out var time)
            ? time
            : throw Invalid($"'{text}' is no time; YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS was expected, with a Z for UTC");
    }

    private SshException Invalid(string message) => SignerWords.Invalid(_place, message);
}
