namespace Volley.Ssh.Config;

/// <summary>Where a directive stands.</summary>
/// <param name="File">The file's path, or <see cref="CommandLine"/>.</param>
/// <param name="Line">From 1; 0 for what is no line of a file.</param>
internal readonly record struct ConfigPlace(string File, int Line)
{
    public static ConfigPlace CommandLine { get; } = new("command line", 0);

    public SshConfigException Error(string message, Exception? inner = null) => new($"{this}: {message}", File, Line, inner);

    public override string ToString() => Line == 0 ? File : $"{File} line {Line}";
}
