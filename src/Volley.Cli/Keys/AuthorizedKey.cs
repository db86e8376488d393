using System.Text;
using Volley.Cli.Options;
using Volley.Interop;
using Volley.Interop.Files;
using Volley.Interop.Text;

namespace Volley.Cli.Keys;

/// <summary>A public key to add to or remove from the user's authorized_keys at the hosts (sshd(8)).</summary>
/// <param name="Type">The type of the key.</param>
/// <param name="Blob">The key in base64.</param>
/// <param name="Line">The whole line.</param>
internal sealed record AuthorizedKey(string Type, string Blob, string Line)
{
    /// <summary>
    /// Edits the file under a lock, keeps a backup beside it, and reads it back. A key counts as the same if its type and its base64 are, whatever options and
    /// comment the line has.
    /// </summary>
    private const string Script = """
        set -u
        umask 077
        action=$1 type=$2 blob=$3 line=$4 force=$5
        fail() { echo "$*" >&2; exit 1; }
        directory=$HOME/.ssh file=$HOME/.ssh/authorized_keys
        backup=$file.volley
        mkdir -p "$directory" || fail "can't create $directory"
        if command -v flock >/dev/null 2>&1; then
            exec 9>>"$file.lock" || fail "can't create $file.lock"
            flock -w 30 9 || fail "another program has held $file.lock for 30 seconds"
        else
            tries=0
            until mkdir "$file.locked" 2>/dev/null; do
                tries=$((tries + 1))
                [ "$tries" -lt 30 ] || fail "another program has held $file.locked for 30 seconds; if it has ended, remove that directory"
                sleep 1
            done
            trap 'rmdir "$file.locked"' EXIT
            trap 'exit 1' HUP INT TERM
        fi
        # Prints the lines that have the key ("with"), or the other keys ("without").
        keys() {
            awk -v type="$type" -v blob="$blob" -v which="$1" '
                /^[ \t]*(#|$)/ { next }
                {
                    found = "without"
                    for (i = 1; i < NF; i++) if ($i == type && $(i + 1) == blob) found = "with"
                    if (found == which) print
                }' "$file"
        }
        # Prints the other keys that a login can use now, as far as that is certain: not those with options that have a value, such as command= or expiry-time=.
        usable() {
            keys without | awk '
                function is(prefix, size) { return length(blob) == size && index(blob, prefix) == 1 }
                {
                    at = $1 ~ /^(ssh-|ecdsa-)/ ? 1 : 2
                    if (at == 2 && ($1 !~ /^[A-Za-z0-9-]+(,[A-Za-z0-9-]+)*$/ || $1 ~ /cert-authority/)) next
                    type = $at; blob = $(at + 1); rsa = "AAAAB3NzaC1yc2EAAAADAQABAAA"; ec = "AAAAE2VjZHNhLXNoYTItbmlzdHA"
                    if (blob ~ /[^A-Za-z0-9+\/=]/) next
                    if ((type == "ssh-ed25519" && is("AAAAC3NzaC1lZDI1NTE5AAAAI", 68)) \
                        || (type == "ssh-rsa" && (is(rsa "BAQ", 372) || is(rsa "BgQ", 544) || is(rsa "CAQ", 716))) \
                        || (type == "ecdsa-sha2-nistp256" && is(ec "yNTYAAAAI", 140)) \
                        || (type == "ecdsa-sha2-nistp384" && is(ec "zODQAAAAI", 184)) \
                        || (type == "ecdsa-sha2-nistp521" && is(ec "1MjEAAAAI", 232))) print
                }'
        }
        restore() { cat "$backup" >"$file"; fail "can't write $file; its earlier content is restored"; }
        if [ "$action" = push ]; then
            [ -e "$file" ] || : >"$file" || fail "can't create $file"
            if [ -n "$(keys with)" ]; then echo "already authorized"; exit 0; fi
            cp -p "$file" "$backup" || fail "can't keep a backup in $backup"
            {
                if [ -n "$(tail -c 1 "$file")" ]; then echo; fi
                printf '%s\n' "$line"
            } >>"$file" || restore
            [ -n "$(keys with)" ] || restore
            chmod 600 "$file" || fail "can't make $file private"
            if command -v restorecon >/dev/null 2>&1; then restorecon -F "$directory" "$file" >/dev/null 2>&1; fi
            echo added
        else
            if [ ! -e "$file" ] || [ -z "$(keys with)" ]; then echo "not authorized"; exit 0; fi
            [ -n "$(usable)" ] || [ "$force" = yes ] || fail "it is the last key in $file that certainly works, and stays; to remove it: --yes"
            cp -p "$file" "$backup" || fail "can't keep a backup in $backup"
            awk -v type="$type" -v blob="$blob" '
                {
                    found = 0
                    if ($0 !~ /^[ \t]*#/) for (i = 1; i < NF; i++) if ($i == type && $(i + 1) == blob) found = 1
                    if (!found) print
                }' "$backup" >"$file" || restore
            [ -z "$(keys with)" ] || restore
            echo removed
        fi
        """;

    private static readonly string[] Types = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

    /// <summary>Reads a file with one public key.</summary>
    /// <param name="verb">The verb, for messages.</param>
    /// <param name="operands">The arguments of the command line.</param>
    /// <exception cref="UsageException">There is no such file, or it has no public key.</exception>
    public static AuthorizedKey Read(RunVerb verb, string[] operands)
    {
        if (operands is not [var path])
            throw new UsageException($"{verb.GetName()} takes one public key: volley {verb.GetName()} KEY.pub -H HOSTS");
        try
        {
            var text = SystemText.Decode(RegularFile.ReadAllBytes(path));
            if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
                throw new UsageException($"{path} is a private key, which must stay on this machine; use {path}.pub");
            string[] lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
            if (lines is [var line] && line.Split(' ', 3) is [var type, var blob, ..] && IsKey(type, blob) && !line.Any(char.IsControl))
                return new(type, blob, line);
            throw new UsageException($"{path}: one public key was expected: a type such as ssh-ed25519, the key in base64, and a comment");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{verb.GetName()}: {path}: {SystemMessage.Of(failure, path)}");
        }
    }

    /// <summary>Returns the job that adds or removes the key.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="isForced">Whether the last key of a file may be removed.</param>
    public CommandJob CreateJob(RunVerb verb, bool isForced)
    {
        var action = verb == RunVerb.PushKey ? "push" : "remove";
        var script = StandardInput.FromStream(new MemoryStream(Encoding.UTF8.GetBytes(Script + "\n")));
        return CommandJob.Script(script, [action, Type, Blob, Line, isForced ? "yes" : "no"], "sh") with { Title = $"{verb.GetName()} {Type}" };
    }

    /// <summary>Whether a line begins as a public key does. The types of the key and of the line must agree.</summary>
    private static bool IsKey(string type, string blob)
    {
        var bytes = new byte[blob.Length];
        if (!Types.Any(prefix => type.StartsWith(prefix, StringComparison.Ordinal)) || !Convert.TryFromBase64String(blob, bytes, out var length))
            return false;
        var name = Encoding.ASCII.GetBytes(type);
        return length > name.Length + sizeof(uint) && bytes[3] == name.Length && bytes.AsSpan(sizeof(uint), name.Length).SequenceEqual(name);
    }
}
