using System.Text.RegularExpressions;
using Volley.Ssh;

namespace Volley.Transports.Prompts;

/// <summary>Identifies equal questions about host keys.</summary>
internal static partial class HostKeyQuestion
{
    /// <summary>
    /// Returns a text that is equal for the same name in known_hosts and the same key; null for another question, and for one that is repeated because of
    /// an invalid answer.
    /// </summary>
    public static string? Of(SshPrompt prompt) =>
        prompt is { Kind: SshPromptKind.HostKey, Instruction: { } description } ? Address().Replace(description, "", count: 1) : null;

    // Several hosts have the same name by HostKeyAlias, but ssh shows the address of each.
    [GeneratedRegex(@"(?<=^The authenticity of host '\S+) \([^)\n]*\)(?=')", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
