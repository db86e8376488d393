using System.Globalization;

namespace Volley.Transfers.Pushing;

/// <summary>The ids of a user and a group at a target.</summary>
/// <param name="UserId">The id of the user; null if it stays.</param>
/// <param name="GroupId">The id of the group; null if it stays.</param>
internal sealed record OwnerLookup(uint? UserId, uint? GroupId)
{
    // Without getent, as on BSD, the file of groups has to do.
    private const string Script =
        "if [ -n \"$1\" ]; then id -u \"$1\" || exit; else echo; fi; if [ -n \"$2\" ]; then "
        + "(getent group \"$2\" 2>/dev/null || grep \"^$2:\" /etc/group) | cut -d: -f3; fi";

    /// <summary>Finds the ids of an owner, with a command at the target if it is given by names.</summary>
    /// <param name="owner">The owner: <c>USER</c>, <c>USER:GROUP</c> or <c>:GROUP</c>.</param>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="IOException">The user or the group does not exist.</exception>
    /// <exception cref="TransportException">The command can't be started.</exception>
    public static async Task<OwnerLookup> FindAsync(string owner, ISession session, CancellationToken cancellationToken)
    {
        var parts = owner.Split(':');
        var (user, group) = (parts[0], parts.Length > 1 ? parts[1] : "");
        var (userId, groupId) = (Parse(user), Parse(group));
        var (userName, groupName) = (userId is null ? user : "", groupId is null ? group : "");
        if (userName.Length > 0 || groupName.Length > 0)
        {
            var command = CommandJob.Program("sh", "-c", Script, "sh", userName, groupName);
            var (_, output, _) = await RemoteCommand.RunAsync(session, command, null, cancellationToken).ConfigureAwait(false);
            var lines = output.Split('\n');
            userId ??= Parse(lines[0]);
            groupId ??= lines.Length > 1 ? Parse(lines[1]) : null;
        }

        if (user.Length > 0 && userId is null)
            throw new IOException($"the host has no user '{user}'");
        if (group.Length > 0 && groupId is null)
            throw new IOException($"the host has no group '{group}'");
        return new(userId, groupId);
    }

    private static uint? Parse(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
}
