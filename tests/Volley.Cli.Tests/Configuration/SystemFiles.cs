using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Configuration;

/// <summary>Starts the built program with a directory of a test in the place of /etc/volley.</summary>
internal static class SystemFiles
{
    // A file system of this process alone, with what programs need of /etc.
    private const string Script = """
        mount -t tmpfs none /mnt && mkdir /mnt/etc && for name in passwd group nsswitch.conf hosts ld.so.cache ssh; do
            [ ! -e /etc/$name ] || cp -a /etc/$name /mnt/etc/ || exit 99
        done && cp -r "$0" /mnt/etc/volley && mount --bind /mnt/etc /etc && exec "$@"
        """;

    public static ProgramStart Start(string directory, params string[] arguments)
    {
        Assert.SkipUnless(System.Environment.UserName == "root", "only root can mount a file system");
        return new ProgramStart("unshare", ["--mount", "sh", "-c", Script, directory, BuiltProgram.Path, .. arguments]);
    }
}
