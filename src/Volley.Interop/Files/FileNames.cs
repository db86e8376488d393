using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Volley.Interop.Files;

/// <summary>Derives file names from the labels of targets. The names are valid on any file system, and distinct even if case is ignored.</summary>
internal static class FileNames
{
    // A file name has at most 255 bytes, which must include an ending such as ".stdout" and the number of a copy.
    private const int MaxNameLength = 230;

    /// <summary>Returns a name for each label, in order.</summary>
    public static ImmutableArray<string> ForLabels(IEnumerable<string> labels) => Distinct(labels.Select(Safe), StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the labels as names, with unsafe ones replaced: those with a slash, a leading dot or a control character.</summary>
    public static ImmutableArray<string> ForHosts(IEnumerable<string> labels) =>
        Distinct(labels.Select(label => IsUnsafe(label) ? Safe(label) : label), StringComparer.Ordinal);

    /// <summary>Replaces each character that is special to a file system or a shell by an underscore.</summary>
    public static string Safe(string label)
    {
        var name = new StringBuilder();
        var bytes = 0;
        foreach (var rune in label.EnumerateRunes())
        {
            // Brackets surround an IPv6 address.
            if (rune.Value is '[' or ']')
                continue;
            var safe = IsSafe(rune) && !(name.Length == 0 && rune.Value is '.' or '-') ? rune : new Rune('_');
            bytes += safe.Utf8SequenceLength;
            if (bytes > MaxNameLength)
                break;
            name.Append(safe);
        }

        return name.ToString();
    }

    private static bool IsUnsafe(string label) => label.StartsWith('.') || label.Contains('/') || label.Any(char.IsControl);

    private static ImmutableArray<string> Distinct(IEnumerable<string> wanted, StringComparer comparer)
    {
        var taken = new HashSet<string>(comparer);
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var safe in wanted)
        {
            var name = safe;
            for (var copy = 2; !taken.Add(name); copy++)
                name = string.Create(CultureInfo.InvariantCulture, $"{safe}~{copy}");
            names.Add(name);
        }

        return names.ToImmutable();
    }

    private static bool IsSafe(Rune rune) =>
        rune.IsAscii
            ? Rune.IsLetterOrDigit(rune) || "._-@#+,=%~".Contains((char)rune.Value, StringComparison.Ordinal)
            : Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
