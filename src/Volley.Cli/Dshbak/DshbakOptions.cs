using Volley.Cli.Files;
using Volley.Cli.Pdsh;
using Volley.Ssh.Files;

namespace Volley.Cli.Dshbak;

/// <summary>What the command line of dshbak says.</summary>
internal sealed record DshbakOptions
{
    public bool Coalesces { get; init; }

    public string? Folder { get; init; }

    public bool MakesFolder { get; init; }

    /// <summary>What is read instead of standard input.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Reads them; null where the text of <c>-h</c> is asked for.</summary>
    /// <exception cref="GetOptException">They can't be understood.</exception>
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

    /// <summary>Looks whether they fit together.</summary>
    /// <exception cref="DshbakException">They don't.</exception>
    public void Check()
    {
        if (Coalesces && Folder is not null)
            throw new DshbakException("Do not specify both -c and -d");
        if (Folder is null && MakesFolder)
            throw new DshbakException("Option -f may only be used with -d");
    }

    /// <summary>Opens the directory of <c>-d</c>, which is made if that is asked for; null where there is none.</summary>
    /// <exception cref="DshbakException">It is not there, or can't be opened.</exception>
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
