using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Volley.Ssh.Files;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>
/// The private folder of control sockets: <c>$XDG_RUNTIME_DIR/volley</c>, if that directory is this user's (it is not after sudo), else <c>/tmp/volley-UID</c>. It belongs to this user,
/// and nobody else may look into it: who can reach a socket can run commands at the other end of it.
/// </summary>
internal sealed class MasterFolder
{
    /// <summary>A socket's path may have 108 bytes with its end (unix(7)), and ssh appends 17 characters while it makes it.</summary>
    private const int LongestPath = 90;

    private const string NoteEnding = ".note";
    private const string LockName = "lock";

    private readonly string _path;
    private ILookup<string, string>? _found;

    private MasterFolder(string path)
    {
        _path = path;
        OwnPrefix = Path.Combine(path, $"run-{RandomText(12)}-");
    }

    /// <summary>Opens the folder, and makes it if need be.</summary>
    /// <exception cref="IOException">There is none that is ours alone.</exception>
    public static MasterFolder Open()
    {
        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var path = string.IsNullOrEmpty(runtime) || !FileSystem.IsOwn(runtime) || SocketLength(runtime + "/volley") > LongestPath
            ? string.Create(CultureInfo.InvariantCulture, $"/tmp/volley-{FileSystem.CurrentUser()}")
            : Path.Combine(runtime, "volley");
        Make(path);
        return new MasterFolder(path);
    }

    /// <summary>A path for the socket of a new master; no other has it.</summary>
    /// <param name="key">What the connection is the same for.</param>
    /// <param name="isShared">Whether other runs may find it.</param>
    /// <exception cref="IOException">The folder is gone, and there can be no other in its place.</exception>
    public string NewSocket(string key, bool isShared)
    {
        // Whoever tidies up in a temporary folder may have removed it.
        Make(_path);
        return (isShared ? Path.Combine(_path, key + "-") : OwnPrefix) + RandomText(8);
    }

    /// <summary>What the paths of the sockets begin with that no other run may find.</summary>
    public string OwnPrefix { get; }

    /// <summary>A path for the socket of one askpass; no other has it, and nobody can guess it.</summary>
    public string NewAskpassSocket() => Path.Combine(_path, $"ask-{RandomText(12)}{RandomText(12)}");

    /// <summary>What is written about the shared masters, last used first. A master that has ended took its socket along; what is left of it is removed.</summary>
    public IReadOnlyList<MasterNote> Notes() => Read(NoteFiles());

    /// <summary>
    /// The sockets of the shared masters for a key, last used first. The folder is looked through once: a master that is shared
    /// later is not found, which costs a login and no more.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="keep">How long they must live after their last use, if that matters.</param>
    public IReadOnlyList<string> Sockets(string key, TimeSpan? keep)
    {
        string[] files = [.. Found[key]];
        // What stands in a single note is of no interest where any time will do; whether somebody serves it, whoever connects sees.
        return files is [var only] && keep is null
            ? [SocketOf(only)]
            : [.. Read(files).Where(note => keep is null || note.Keep >= keep).Select(note => note.Socket)];
    }

    /// <summary>What the server behind a shared master calls itself; null if that is not known.</summary>
    public static string? SoftwareOf(string socket) => MasterNote.Read(new FileInfo(socket + NoteEnding), socket)?.Software;

    /// <summary>How many masters are shared.</summary>
    public int CountShared() => NoteFiles().Count;

    /// <summary>Whether any master was shared when the folder was looked through.</summary>
    public bool HasShared => Found.Count > 0;

    /// <summary>The key that a shared master serves.</summary>
    public static string KeyOf(string socket) => Path.GetFileName(socket).Split('-')[0];

    /// <summary>Whether other runs may find a master.</summary>
    public static bool IsShared(string socket) => File.Exists(socket + NoteEnding);

    /// <summary>
    /// Takes idle masters out of the reach of other runs, so that they can be ended. A run that finds one connects to it and
    /// then looks whether it is still shared; so either it sees that it is not, or it is counted here.
    /// </summary>
    /// <param name="choose">Which, of all shared masters, last used first, and those that are idle.</param>
    /// <param name="own">The masters that the caller itself is connected to, once each.</param>
    /// <returns>The sockets of those that nobody else is connected to; they are the caller's to end.</returns>
    public IReadOnlyList<string> WithdrawIdle(
        Func<IReadOnlyList<MasterNote>, Func<MasterNote, bool>, IEnumerable<MasterNote>> choose, IReadOnlySet<string> own)
    {
        using (Lock())
        {
            var clients = MasterClients.Count();
            var chosen = choose(Notes(), IsIdle).ToList();
            if (chosen.Count == 0)
                return [];
            foreach (var note in chosen)
                File.Delete(note.Socket + NoteEnding);
            clients = MasterClients.Count();
            foreach (var note in chosen.Where(note => !IsIdle(note)))
            {
                Write(note);
                File.SetLastWriteTimeUtc(note.Socket + NoteEnding, note.LastUsed.UtcDateTime);
            }

            return [.. chosen.Where(IsIdle).Select(note => note.Socket)];

            bool IsIdle(MasterNote note) => clients.GetValueOrDefault(note.Socket) <= (own.Contains(note.Socket) ? 1 : 0);
        }
    }

    /// <summary>Writes about a shared master, so that other runs find it.</summary>
    public static void Write(MasterNote note)
    {
        var path = note.Socket + NoteEnding;
        File.WriteAllText(path + ".new", note.Text(), Encoding.UTF8);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>A shared master is used just now; false if other runs can't find it any more, for somebody is about to end it.</summary>
    public static bool Touch(string socket) => FileSystem.Touch(socket + NoteEnding);

    /// <summary>Takes a master out of the reach of other runs.</summary>
    public static void Unshare(string socket) => File.Delete(socket + NoteEnding);

    /// <summary>Removes a socket that nobody serves, and what is written about it.</summary>
    public static void Remove(string socket)
    {
        File.Delete(socket);
        File.Delete(socket + NoteEnding);
    }

    /// <summary>Removes what an ssh has left that was ended while it made its socket, which has a longer name until it is served.</summary>
    /// <param name="prefix">What the paths of the sockets begin with, or one of them.</param>
    public static void RemoveUnfinished(string prefix)
    {
        try
        {
            foreach (var path in Directory.EnumerateFiles(Path.GetDirectoryName(prefix)!, Path.GetFileName(prefix) + "*"))
            {
                if (Path.GetFileName(path).Contains('.'))
                    File.Delete(path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, and all in it.
        }
    }

    /// <summary>Removes the sockets that a crash has left: nobody serves them any more.</summary>
    public void RemoveStale()
    {
        if (!Directory.Exists(_path))
            return;
        NoteFiles();
        // A shared one is looked at by whoever wants to use it.
        var names = Directory.EnumerateFiles(_path, "*-*").ToHashSet();
        foreach (var path in names.Where(path => !Path.GetFileName(path).Contains('.') && !names.Contains(path + NoteEnding)))
        {
            // One that is just being made is not served yet either, but it has another name until it is. One that nobody
            // accepts from must not hold us up.
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
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
    /// <exception cref="IOException">The folder is gone.</exception>
    public IDisposable Lock() => LockedFile.Open(Path.Combine(_path, LockName));

    private static string SocketOf(string noteFile) => noteFile[..^NoteEnding.Length];

    private ILookup<string, string> Found => LazyInitializer.EnsureInitialized(ref _found, () => NoteFiles().ToLookup(KeyOf));

    /// <summary>Finds the notes. A master that has ended, its time being over, took its socket along; its note is removed here.</summary>
    private List<string> NoteFiles()
    {
        if (!Directory.Exists(_path))
            return [];
        var files = Directory.EnumerateFiles(_path).ToHashSet();
        var notes = files.Where(file => file.EndsWith(NoteEnding, StringComparison.Ordinal)).ToList();
        // A socket is older than its note, but the list of a directory that changes may lack it.
        foreach (var orphan in notes.Where(note => !files.Contains(SocketOf(note)) && !File.Exists(SocketOf(note))).ToList())
        {
            notes.Remove(orphan);
            File.Delete(orphan);
        }

        return notes;
    }

    private static List<MasterNote> Read(IEnumerable<string> files)
    {
        var notes = new List<MasterNote>();
        foreach (var file in files)
        {
            var socket = SocketOf(file);
            if (!File.Exists(socket))
                File.Delete(file);
            else if (MasterNote.Read(new FileInfo(file), socket) is { } note)
                notes.Add(note);
        }

        notes.Sort((one, other) => other.LastUsed.CompareTo(one.LastUsed));
        return notes;
    }

    /// <summary>Up to 12 random characters. The system's random bytes by way of a version 4 GUID: RandomNumberGenerator would load OpenSSL first, which costs more than a warm run.</summary>
    private static string RandomText(int length) => Guid.NewGuid().ToString("N")[..length];

    private static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
            throw new IOException("there are no control masters on Windows");
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (FileSystem.WhyNotPrivate(path) is { } reason)
            throw new IOException(reason);
    }

    private static int SocketLength(string folder) => Encoding.UTF8.GetByteCount(folder) + "/run-".Length + 12 + 1 + 8;
}
