using Volley.Cli.Options.Parsing;
using Volley.Cli.Output.Files;
using Volley.Cli.Pdsh;
using Volley.Interop;
using Volley.Ssh;

namespace Volley.Cli.Dshbak;

/// <summary>The options of dshbak.</summary>
internal sealed record DshbakOptions
{
    public bool Coalesces { get; init; }

    public string? Folder { get; init; }

    public bool MakesFolder { get; init; }

    /// <summary>The files to read; empty for standard input.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Parses the command line. Returns null if <c>-h</c> is given.</summary>
    /// <exception cref="GetOptException">The command line is invalid.</exception>
    public static DshbakOptions? Parse(IReadOnlyList<string> words)
    {
        var read = new DshbakOptions();
        var options = new GetOpt(words, "chfd:");
        var asksForHelp = false;
        while (options.TryRead(out var option, out var value))
        {
            asksForHelp |= option == 'h';
            read = option switch
            {
                'c' => read with { Coalesces = true },
                'f' => read with { MakesFolder = true },
                'd' => read with { Folder = value },
                _ => read,
            };
        }

        return asksForHelp ? null : read with { Files = options.Rest };
    }

    /// <summary>Checks that the options are compatible.</summary>
    /// <exception cref="DshbakException">They are not.</exception>
    public void Check()
    {
        if (Coalesces && Folder is not null)
            throw new DshbakException("Do not specify both -c and -d");
        if (Folder is null && MakesFolder)
            throw new DshbakException("Option -f may only be used with -d");
    }

    /// <summary>Opens the directory of <c>-d</c>, and creates it if <c>-f</c> is given. Returns null without <c>-d</c>.</summary>
    /// <exception cref="DshbakException">The directory does not exist, or can't be created or opened.</exception>
    public OpenDirectory? OpenFolder()
    {
        if (Folder is null)
            return null;
        if (!MakesFolder && !SystemFile.DirectoryExists(Folder))
            throw new DshbakException($"Output directory {Folder} does not exist");
        try
        {
            return OpenDirectory.Make(Folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DshbakException($"Failed to {(MakesFolder ? "create" : "open")} {Folder}: {SystemMessage.Of(failure)}");
        }
    }
}
