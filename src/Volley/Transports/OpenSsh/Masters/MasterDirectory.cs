using System.Net.Sockets;
using System.Text;
using Volley.Interop;
using Volley.Interop.Files;

namespace Volley.Transports.OpenSsh.Masters;

/// <summary>
/// The private directory of control sockets: <c>$XDG_RUNTIME_DIR/volley</c> if that directory belongs to this user (after sudo it does
/// not), else <c>/tmp/volley-UID</c>. Only this user may access it, because a control socket lets any client run remote commands.
/// </summary>
internal sealed class MasterDirectory
{
    /// <summary>
    /// The largest length of a path. The limit is 108 bytes with the terminator (unix(7)), and ssh appends 17 characters while it creates a
    /// socket.
    /// </summary>
    private const int MaxPathLength = 90;

    private const string NoteEnding = ".note";
    private const string LockName = "lock";
    private const string Remedy = "set XDG_RUNTIME_DIR to a directory of your own";

    private readonly string _path;
    private ILookup<string, string>? _found;

    private MasterDirectory(string path)
    {
        _path = path;
        OwnPrefix = Path.Combine(path, $"run-{Sodium.RandomDigits(12)}-");
    }

    /// <summary>Opens the directory, and creates it if necessary.</summary>
    /// <exception cref="IOException">The directory can't be created, or is not private to this user.</exception>
    public static MasterDirectory Open()
    {
        if (!OperatingSystem.IsLinux())
            throw new IOException("there are control masters on Linux only");
        var runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        var path = string.IsNullOrEmpty(runtime) || FileStatus.OfName(runtime) is not { IsOwn: true } || SocketLength(runtime + "/volley") > MaxPathLength
            ? PrivateDirectory.Temporary
            : Path.Combine(runtime, "volley");
        PrivateDirectory.Create(path, Remedy);
        return new MasterDirectory(path);
    }

    /// <summary>Returns a unique path for the socket of a new master.</summary>
    /// <param name="key">The key under which the connection is shared.</param>
    /// <param name="isShared">Whether other runs may find it.</param>
    /// <exception cref="IOException">The directory was removed and can't be created again.</exception>
    public string CreateSocketPath(string key, bool isShared)
    {
        // A cleanup of the temporary directory may have removed it.
        if (OperatingSystem.IsLinux())
            PrivateDirectory.Create(_path, Remedy);
        return (isShared ? Path.Combine(_path, key + "-") : OwnPrefix) + Sodium.RandomDigits(8);
    }

    /// <summary>The prefix of the sockets that other runs can't find.</summary>
    public string OwnPrefix { get; }

    /// <summary>Returns a unique path for an askpass socket, which can't be guessed.</summary>
    public string CreateAskpassPath() => Path.Combine(_path, $"ask-{Sodium.RandomDigits(24)}");

    /// <summary>Returns the notes of the shared masters, last used first. Removes the notes of masters that have ended.</summary>
    public IReadOnlyList<MasterNote> ReadNotes() => Read(NoteFiles());

    /// <summary>
    /// Returns the sockets of the shared masters for a key, last used first. The directory is listed only once: a master that is shared
    /// later is not found, which costs only a login.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="keep">The time that they must live after their last use; null for any.</param>
    public IReadOnlyList<string> FindSockets(string key, TimeSpan? keep)
    {
        string[] files = [.. Found[key]];
        // A single note is not read if any lifetime will do. Connecting shows whether its socket is served.
        return files is [var only] && keep is null
            ? [GetSocket(only)]
            : [.. Read(files).Where(note => keep is null || note.Keep >= keep).Select(note => note.Socket)];
    }

    /// <summary>Returns the server's software name that is recorded for a shared master; null if unknown.</summary>
    public static string? ReadSoftware(string socket) => MasterNote.Read(new FileInfo(socket + NoteEnding), socket)?.Software;

    /// <summary>Returns the number of shared masters.</summary>
    public int CountShared() => NoteFiles().Count;

    /// <summary>Whether there were shared masters when the directory was listed.</summary>
    public bool HasShared => Found.Count > 0;

    /// <summary>Returns the key of a shared master.</summary>
    public static string GetKey(string socket) => Path.GetFileName(socket).Split('-')[0];

    /// <summary>Returns whether other runs can find a master.</summary>
    public static bool IsShared(string socket) => File.Exists(socket + NoteEnding);

    /// <summary>
    /// Hides idle masters from other runs, so that they can be ended. A run that finds a master connects to it and then checks whether it
    /// is still shared: either it sees that it is not, or it is counted here.
    /// </summary>
    /// <param name="choose">Chooses from all shared masters, last used first, given which are idle.</param>
    /// <param name="own">The masters that the caller itself is connected to, with one connection each.</param>
    /// <returns>The sockets of those without another client, which the caller must end.</returns>
    public IReadOnlyList<string> WithdrawIdle(
        Func<IReadOnlyList<MasterNote>, Func<MasterNote, bool>, IEnumerable<MasterNote>> choose, IReadOnlySet<string> own)
    {
        using (Lock())
        {
            var clients = MasterClients.Count();
            var chosen = choose(ReadNotes(), IsIdle).ToList();
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

    /// <summary>Writes the note of a shared master, so that other runs find it.</summary>
    public static void Write(MasterNote note)
    {
        var path = note.Socket + NoteEnding;
        File.WriteAllText(path + ".new", note.Format(), Encoding.UTF8);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Records that a shared master is in use. Returns false if other runs can't find it any more, because it is about to be ended.</summary>
    public static bool Touch(string socket) => OperatingSystem.IsLinux() && FileCalls.Touch(socket + NoteEnding) == 0;

    /// <summary>Hides a master from other runs.</summary>
    public static void Unshare(string socket) => File.Delete(socket + NoteEnding);

    /// <summary>Removes a socket that no process listens on, and its note.</summary>
    public static void Remove(string socket)
    {
        File.Delete(socket);
        File.Delete(socket + NoteEnding);
    }

    /// <summary>Does the same while the directory is locked.</summary>
    /// <exception cref="IOException">The directory was removed.</exception>
    public void RemoveLocked(string socket)
    {
        using (Lock())
            Remove(socket);
    }

    /// <summary>Removes the sockets of ssh processes that were ended before they served them. Until then a socket has a longer name.</summary>
    /// <param name="prefix">The prefix of the sockets, or the path of one.</param>
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
            // The directory was removed with everything in it.
        }
    }

    /// <summary>Removes sockets without a process, which a crash has left.</summary>
    public void RemoveStale()
    {
        if (!Directory.Exists(_path))
            return;
        NoteFiles();
        // Shared sockets are checked by the runs that want to use them.
        var names = Directory.EnumerateFiles(_path, "*-*").ToHashSet();
        foreach (var path in names.Where(path => !Path.GetFileName(path).Contains('.') && !names.Contains(path + NoteEnding)))
        {
            // A new socket that does not listen yet has another name. The probe must not block, because a stuck master does not accept connections.
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            try
            {
                probe.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
            {
                RemoveLocked(path);
            }
            catch (SocketException)
            {
                // Its own run has closed it, or it is served by a stuck master.
            }
        }
    }

    /// <summary>Locks the directory against changes by other runs until the result is disposed, or this process ends.</summary>
    /// <exception cref="IOException">The directory was removed.</exception>
    private LockedFile Lock() => LockedFile.Open(Path.Combine(_path, LockName));

    private static string GetSocket(string noteFile) => noteFile[..^NoteEnding.Length];

    private ILookup<string, string> Found => LazyInitializer.EnsureInitialized(ref _found, () => NoteFiles().ToLookup(GetKey));

    /// <summary>Returns the paths of the notes. Removes the notes of masters that have ended, which have removed their sockets.</summary>
    private List<string> NoteFiles()
    {
        if (!Directory.Exists(_path))
            return [];
        var files = Directory.EnumerateFiles(_path).ToHashSet();
        var notes = files.Where(file => file.EndsWith(NoteEnding, StringComparison.Ordinal)).ToList();
        // A socket is created before its note, but the listing of a changing directory may miss it.
        foreach (var orphan in notes.Where(note => !files.Contains(GetSocket(note)) && !File.Exists(GetSocket(note))).ToList())
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
            var socket = GetSocket(file);
            if (!File.Exists(socket))
                File.Delete(file);
            else if (MasterNote.Read(new FileInfo(file), socket) is { } note)
                notes.Add(note);
        }

        notes.Sort((one, other) => other.LastUsed.CompareTo(one.LastUsed));
        return notes;
    }

    private static int SocketLength(string directory) => Encoding.UTF8.GetByteCount(directory) + "/run-".Length + 12 + 1 + 8;
}
