using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>
/// The private folder of control sockets: <c>$XDG_RUNTIME_DIR/volley</c>, else <c>/tmp/volley-UID</c>. It belongs to this user,
/// and nobody else may look into it: who can reach a socket can run commands at the other end of it.
/// </summary>
internal sealed class MasterFolder
{
    /// <summary>A socket's path may have 108 bytes with its end (unix(7)), and ssh appends 17 characters while it makes it.</summary>
    private const int LongestPath = 90;

    private const string NoteEnding = ".note";
    private const string LockName = "lock";

    private readonly string _path;

    private MasterFolder(string path)
    {
        _path = path;
    }

    /// <summary>Opens the folder, and makes it if need be.</summary>
    /// <exception cref="IOException">There is none that is ours alone.</exception>
    public static MasterFolder Open()
    {
        if (OperatingSystem.IsWindows())
            throw new IOException("there are no control masters on Windows");
        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var path = string.IsNullOrEmpty(runtime) || !Directory.Exists(runtime) || SocketLength(runtime + "/volley") > LongestPath
            ? string.Create(CultureInfo.InvariantCulture, $"/tmp/volley-{FileSystem.CurrentUser()}")
            : Path.Combine(runtime, "volley");
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!FileSystem.IsPrivateFolder(path))
            throw new IOException($"{path} is not a folder of this user alone; remove it, or chmod 700 it");
        return new MasterFolder(path);
    }

    /// <summary>A path for the socket of a new master; no other has it.</summary>
    /// <param name="key">What the connection is the same for.</param>
    /// <param name="isShared">Whether other runs may find it.</param>
    public string NewSocket(string key, bool isShared) =>
        Path.Combine(_path, $"{(isShared ? "" : "run-")}{key}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");

    /// <summary>The shared sockets for a key, newest first.</summary>
    public IEnumerable<string> SocketsFor(string key) =>
        Notes().Where(n => Path.GetFileName(n.Socket).StartsWith(key + "-", StringComparison.Ordinal)).Select(n => n.Socket);

    /// <summary>What is written about the shared masters, last used first.</summary>
    public IReadOnlyList<MasterNote> Notes() =>
    [
        .. new DirectoryInfo(_path).EnumerateFiles("*" + NoteEnding)
            .OrderByDescending(file => file.LastWriteTimeUtc)
            .Select(file => MasterNote.Read(file, file.FullName[..^NoteEnding.Length]))
            .OfType<MasterNote>(),
    ];

    /// <summary>Writes about a shared master, so that other runs find it.</summary>
    public static void Write(MasterNote note)
    {
        var path = note.Socket + NoteEnding;
        File.WriteAllText(path + ".new", note.Text(), Encoding.UTF8);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>A shared master was used just now.</summary>
    public static void Touch(string socket)
    {
        try
        {
            File.SetLastWriteTimeUtc(socket + NoteEnding, DateTime.UtcNow);
        }
        catch (FileNotFoundException)
        {
            // It was closed by somebody else.
        }
    }

    /// <summary>Removes a socket that nobody serves, and what is written about it.</summary>
    public static void Remove(string socket)
    {
        File.Delete(socket);
        File.Delete(socket + NoteEnding);
    }

    /// <summary>Removes the sockets that a crash has left: nobody serves them any more.</summary>
    public void RemoveStale()
    {
        foreach (var path in Directory.EnumerateFiles(_path).Where(path => Path.GetFileName(path) is var name && name.Contains('-') && !name.Contains('.')))
        {
            // One that is just being made is not served yet either, but it has another name until it is.
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                probe.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
            {
                using (Lock())
                    Remove(path);
            }
            catch (SocketException)
            {
                // It was closed by its own run.
            }
        }
    }

    /// <summary>Keeps other runs from changing what is in the folder until it is disposed. It ends with the process, too.</summary>
    public IDisposable Lock()
    {
        var file = File.OpenHandle(Path.Combine(_path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        FileSystem.Lock(file);
        return file;
    }

    private static int SocketLength(string folder) => Encoding.UTF8.GetByteCount(folder) + "/run-".Length + 12 + 1 + 8;
}
