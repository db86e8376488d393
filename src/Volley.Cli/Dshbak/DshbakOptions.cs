using Volley.Cli.Options.Parsing;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Cli.Dshbak;

/// <summary>The options of dshbak.</summary>
internal sealed record DshbakOptions
{
    public bool Coalesces { get; init; }

    public string? Directory { get; init; }

    public bool CreatesDirectory { get; init; }

    /// <summary>The files to read; empty for standard input.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Parses the command line. Returns null if <c>-h</c> is given.</summary>
    /// <exception cref="GetOptException">The command line is invalid.</exception>
    public static DshbakOptions? Parse(IReadOnlyList<string> arguments)
    {
        var read = new DshbakOptions();
        var options = new GetOpt(arguments, "chfd:");
        var asksForHelp = false;
        while (options.TryRead(out var option, out var value))
        {
            asksForHelp |= option == 'h';
            read = option switch
            {
                'c' => read with { Coalesces = true },
                'f' => read with { CreatesDirectory = true },
                'd' => read with { Directory = value },
                _ => read,
            };
        }

        return asksForHelp ? null : read with { Files = options.Rest };
    }

    /// <summary>Checks that the options are compatible.</summary>
    /// <exception cref="DshbakException">They are not.</exception>
    public void Check()
    {
        if (Coalesces && Directory is not null)
            throw new DshbakException("Do not specify both -c and -d");
        if (Directory is null && CreatesDirectory)
            throw new DshbakException("Option -f may only be used with -d");
    }

    /// <summary>Opens the directory of <c>-d</c>, and creates it if <c>-f</c> is given. Returns null without <c>-d</c>.</summary>
    /// <exception cref="DshbakException">The directory does not exist, or can't be created or opened.</exception>
    public OpenDirectory? OpenOutputDirectory()
    {
        if (Directory is null)
            return null;
        if (!CreatesDirectory && !SystemFile.DirectoryExists(Directory))
            throw new DshbakException($"Output directory {Directory} does not exist");
        try
        {
            return OpenDirectory.Make(Directory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DshbakException($"Failed to {(CreatesDirectory ? "create" : "open")} {Directory}: {SystemMessage.Of(failure)}");
        }
    }
}
