using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Volley.Targets;

namespace Volley.Cli.Rendering;

/// <summary>Names targets so that files can be called after them on any file system, and no two alike, also where case doesn't count.</summary>
internal static class NodeFileNames
{
    // A name may have 255 bytes, of which ".stdout" and the number of a copy take some.
    private const int LongestName = 230;

    /// <summary>The names of the targets, by their index.</summary>
    public static ImmutableArray<string> Of(ImmutableArray<Target> targets) =>
        Distinct(targets.Select(target => Safe(target.Label)), StringComparer.OrdinalIgnoreCase);

    /// <summary>The labels themselves, but for those that could lead to another directory or that no file should have.</summary>
    public static ImmutableArray<string> NearestTo(IEnumerable<string> labels) =>
        Distinct(labels.Select(label => label.StartsWith('.') || label.Contains('/') || label.Any(char.IsControl) ? Safe(label) : label), StringComparer.Ordinal);

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

    /// <summary>A label with an underscore for all that a file system or a shell could take for something else.</summary>
    private static string Safe(string label)
    {
        var name = new StringBuilder();
        var bytes = 0;
        foreach (var rune in label.EnumerateRunes())
        {
            // The brackets of an IPv6 address.
            if (rune.Value is '[' or ']')
                continue;
            var safe = IsSafe(rune) && !(name.Length == 0 && rune.Value is '.' or '-') ? rune : new Rune('_');
            bytes += safe.Utf8SequenceLength;
            if (bytes > LongestName)
                break;
            name.Append(safe);
        }

        return name.ToString();
    }

    private static bool IsSafe(Rune rune) =>
        rune.IsAscii
            ? Rune.IsLetterOrDigit(rune) || "._-@#+,=%~".Contains((char)rune.Value, StringComparison.Ordinal)
            : Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
