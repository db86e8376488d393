using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests;

/// <summary>A fleet whose user has another login shell at each of its first addresses: sshd gives it the command as it would give it to that shell.</summary>
public sealed class LoginShells : IAsyncLifetime
{
    private static readonly string[] Commands = ["sh", "bash", "zsh", "tcsh", "fish", "busybox sh"];

    private readonly ScratchFolder _folder = new();
    private Fleet? _fleet;

    /// <summary>One address for each shell.</summary>
    public static string Hosts => $"127.0.13.[1-{Commands.Length}]";

    /// <summary>The shells, in the order of <see cref="Hosts"/>.</summary>
    public static IReadOnlyList<string> All => Commands;

    public Fleet Fleet => _fleet!;

    public async ValueTask InitializeAsync()
    {
        var cases = Commands.Select((shell, index) => $"*' 127.0.13.{index + 1} '*) exec {shell} -c \"$SSH_ORIGINAL_COMMAND\" ;;");
        var login = _folder.Write("login", $"case $SSH_CONNECTION in\n{string.Join('\n', cases)}\nesac\nexec sh -c \"$SSH_ORIGINAL_COMMAND\"\n");
        _fleet = await Fleet.StartAsync($"ForceCommand=/bin/sh {login}");
    }

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync();
        _folder.Dispose();
    }
}
