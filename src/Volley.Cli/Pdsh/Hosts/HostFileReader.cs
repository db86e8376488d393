using Volley.Interop;
using Volley.Inventory;

namespace Volley.Cli.Pdsh.Hosts;

/// <summary>Reads host files and groups of dsh, with pdsh's ranges and messages.</summary>
/// <param name="context">Receives warnings.</param>
internal sealed class HostFileReader(PdshContext context)
{
    /// <exception cref="PdshException">A file can't be read, or contains an invalid range.</exception>
    public List<string> Read(string path) => Expand(() => new DshFileReader().Read(path));

    /// <summary>Reads standard input. Its includes are relative to the current directory.</summary>
    /// <exception cref="PdshException">A file can't be read, or the input contains an invalid range.</exception>
    public List<string> Read(TextReader reader) => Expand(() => new DshFileReader().Read(reader));

    /// <summary>Reads a group, which is a file in one of dsh's directories.</summary>
    /// <exception cref="PdshException">There is no such group, a file can't be read, or it contains an invalid range.</exception>
    public List<string> ReadGroup(string name)
    {
        var reader = new DshFileReader(DshFileReader.FindDirectories(context.Variable));
        var path = reader.Find(name) ?? throw Missing(name);
        return Expand(() => reader.Read(path, name));
    }

    private List<string> Expand(Func<IEnumerable<DshItem>> read)
    {
        var hosts = new List<string>();
        try
        {
            foreach (var item in read())
                Add(hosts, item);
        }
        catch (HostSourceException failure)
        {
            throw context.Error($"{failure.Path}: {Reason(failure)}");
        }

        return hosts;
    }

    private void Add(List<string> hosts, DshItem item)
    {
        switch (item.Kind)
        {
            case DshItemKind.InvalidInclude:
                context.Warn(context.Prefix($"warning: Ignoring invalid line: {item.Text}"));
                break;
            case DshItemKind.RepeatedInclude:
                context.Warn(context.Prefix($"warning: file '{item.Text}' included multiple times"));
                break;
            case DshItemKind.MissingInclude:
                throw Missing(item.Text);
            default:
                hosts.AddRange(HostRange.Expand(item.Text, context));
                break;
        }
    }

    private PdshException Missing(string name) => context.Error($"{name}: No such file or directory");

    // .NET throws ArgumentException for an empty name.
    private static string Reason(HostSourceException failure) => failure.InnerException switch
    {
        null or ArgumentException and not ArgumentOutOfRangeException => "No such file or directory",
        var inner => SystemMessage.Of(inner, failure.Path),
    };
}
