namespace Volley.Ssh.Config.Syntax;

/// <summary>The position of a directive.</summary>
/// <param name="File">The file's path, or <see cref="CommandLine"/>.</param>
/// <param name="Line">The line, from 1; 0 if the directive is not in a file, or an error concerns the whole file.</param>
internal readonly record struct ConfigPlace(string File, int Line)
{
    public static ConfigPlace CommandLine { get; } = new("command line", 0);

    public SshConfigException Error(string message, Exception? inner = null) => new($"{this}: {message}", File, Line, inner);

    public override string ToString() => Line == 0 ? File : $"{File} line {Line}";
}
