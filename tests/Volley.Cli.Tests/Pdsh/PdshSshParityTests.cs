using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>Debian's pdsh beside ours over a real sshd.</summary>
public class PdshSshParityTests(Fleet fleet)
{
    public static TheoryData<string> Sections => [.. ParityRun.Cases("parity-ssh.txt").Select(section => section.Key)];

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task BothDoTheSame(string section)
    {
        Assert.SkipWhen(ParityRun.Missing is not null, ParityRun.Missing ?? "");
        var variables = new Dictionary<string, string?>
        {
            ["PDSH_SSH_ARGS_APPEND"] = $"-F {fleet.SshConfig}",
            ["FLEET_USER"] = fleet.User,
        };
        var wrong = await ParityRun.CompareAsync(ParityRun.Cases("parity-ssh.txt")[section], (theirs, ours) => theirs != ours, variables);
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }
}
