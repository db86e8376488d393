namespace Volley.Cli.Pdsh;

/// <summary>What the front end does, which its name decides.</summary>
internal enum PdshVerb
{
    /// <summary>Runs commands: <c>pdsh</c>.</summary>
    Run,

    /// <summary>Copies files to the hosts: <c>pdcp</c>.</summary>
    Push,

    /// <summary>Copies files from the hosts: <c>rpdcp</c>.</summary>
    Pull,
}

/// <summary>Names and properties of a <see cref="PdshVerb"/>.</summary>
internal static class PdshVerbExtensions
{
    extension(PdshVerb verb)
    {
        /// <summary>The name of the program.</summary>
        public string ProgramName => verb switch
        {
            PdshVerb.Push => FrontEnd.Pdcp,
            PdshVerb.Pull => FrontEnd.Rpdcp,
            _ => FrontEnd.Pdsh,
        };

        public bool IsCopy => verb != PdshVerb.Run;
    }
}
