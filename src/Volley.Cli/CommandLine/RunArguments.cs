namespace Volley.Cli.CommandLine;

/// <summary>What the command line of a run says, word for word; nothing is looked up yet. Null is what it leaves open.</summary>
internal sealed record RunArguments
{
    public required bool IsPing { get; init; }
    public required string[] Command { get; init; }

    public required string[] Hosts { get; init; }
    public required string[] Exclude { get; init; }
    public required string? Filter { get; init; }
    public required string? User { get; init; }
    public required int? Port { get; init; }
    public required string[] Identities { get; init; }
    public required string? Jump { get; init; }
    public required string? ConfigFile { get; init; }
    public required string[] SshOptions { get; init; }

    public required int? Parallel { get; init; }
    public required TimeSpan? ConnectTimeout { get; init; }
    public required TimeSpan? CommandTimeout { get; init; }
    public required TimeSpan? Drain { get; init; }
    public required bool FailFast { get; init; }
    public required bool Batch { get; init; }
    public required bool Stdin { get; init; }
    public required string? Script { get; init; }

    public required string? Interpreter { get; init; }
    public required string? Transport { get; init; }
    public required bool Tty { get; init; }
    public required string[] Environment { get; init; }

    public required bool Password { get; init; }
    public required TimeSpan? Keep { get; init; }
    public required int? KeepMax { get; init; }
    public required bool NoReuse { get; init; }
    public required int? Retries { get; init; }
    public required int? ConnectRate { get; init; }
    public required TimeSpan? ServerAliveInterval { get; init; }
    public required int? ServerAliveCountMax { get; init; }

    public required string? MainRank { get; init; }
    public required bool RequireAllSuccess { get; init; }
    public required bool CheckAllNodes { get; init; }
    public required bool AnyFailure { get; init; }

    public required string? Output { get; init; }
    public required bool Tui { get; init; }
    public required bool Gather { get; init; }
    public required bool Diff { get; init; }
    public required bool Live { get; init; }
    public required string? Sort { get; init; }
    public required string? OutputDir { get; init; }
    public required bool Overwrite { get; init; }
    public required string? Report { get; init; }
    public required long? MaxOutput { get; init; }
    public required bool NoPrefix { get; init; }
    public required string? Color { get; init; }
    public required string? Progress { get; init; }
    public required bool Quiet { get; init; }

    /// <summary>How often -v was given.</summary>
    public required int Verbosity { get; init; }
}
