using System.Globalization;
using System.Text;

namespace Volley.Cli.Run;

/// <summary>The placeholders in the arguments of local processes.</summary>
internal static class Placeholders
{
    /// <summary>
    /// Replaces <c>%h</c> by the host, or its address if the target has one, <c>%u</c> by the user, <c>%n</c> by the rank from 0 and <c>%%</c> by a
    /// percent sign; any other <c>%x</c> is unchanged.
    /// </summary>
    /// <param name="argument">The argument.</param>
    /// <param name="target">The target. Its own user is ignored.</param>
    /// <param name="user">The replacement for <c>%u</c>.</param>
    public static string Replace(string argument, Target target, string user)
    {
        if (!argument.Contains('%', StringComparison.Ordinal))
            return argument;
        var result = new StringBuilder(argument.Length);
        for (var i = 0; i < argument.Length; i++)
        {
            var code = argument[i] == '%' && i + 1 < argument.Length ? argument[i + 1] : '\0';
            var value = code switch
            {
                'h' => target.Address ?? target.Host,
                'u' => user,
                'n' => target.Index.ToString(CultureInfo.InvariantCulture),
                '%' => "%",
                _ => null,
            };
            result.Append(value ?? argument[i].ToString());
            if (value is not null)
                i++;
        }

        return result.ToString();
    }

    /// <summary>Returns whether an argument has the placeholder of the rank.</summary>
    /// <param name="argument">The argument.</param>
    public static bool HasRank(string argument) => argument.Replace("%%", "", StringComparison.Ordinal).Contains("%n", StringComparison.Ordinal);
}
