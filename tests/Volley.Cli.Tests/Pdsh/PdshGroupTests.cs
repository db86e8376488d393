using Xunit;

namespace Volley.Cli.Tests.Pdsh;

/// <summary>Groups of the modules that Debian's pdsh does not come with.</summary>
public class PdshGroupTests
{
    private const string Groups = """
        mkdir -p .dsh/group sys
        printf 'foo0\nfoo1\nfoo2\nfoo3\nfoo10\n' >.dsh/group/A
        printf 'foo5\nfoo4\nfoo3\n' >.dsh/group/B
        printf '#include A\nbar1\n' >sys/C
        export DSHGROUP_PATH=$PWD/sys

        """;

    [Theory]
    [InlineData("pdsh -g A -q", "foo[0-3,10]")]
    [InlineData("pdsh -g A,B -q", "foo[0-5,10]")]
    [InlineData("pdsh -g A -g B -q", "foo[0-5,10]")]
    [InlineData("pdsh -g C -q", "bar1,foo[0-3,10]")]
    [InlineData("pdsh -g A -X B -q", "foo[0-2,10]")]
    [InlineData("pdsh -w 'foo[0-10]' -X A -q", "foo[4-9]")]
    [InlineData("pdsh -w foo0,x1 -g A -q", "foo0,x1,foo[1-3,10]")]
    [InlineData("pdsh -g A -x foo1 -q", "foo[0,2-3,10]")]
    [InlineData("pdsh -g A -w /1/ -q", "foo[1,10]")]
    [InlineData("PDSH_GENDERS_FILE=./G pdsh -M dshgroup -g A -q", "foo[0-3,10]")]
    [InlineData("PDSH_GENDERS_FILE=./G PDSH_MISC_MODULES=dshgroup pdsh -g A -q", "foo[0-3,10]")]
    [InlineData("PDSH_GENDERS_FILE=./G pdsh -g foo -q", "n[4-7]")]
    public async Task DshGroupsSelectHosts(string line, string hosts)
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync($"{Groups}{line} | tail -n 1");
        Assert.Equal((hosts + "\n", ""), (result.Stdout, result.Stderr));
    }

    [Fact]
    public async Task AGroupThatIsNotThereIsAnError()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync(Groups + "pdsh -g nosuch -q");
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.EndsWith(": nosuch: No such file or directory\n", result.Stderr);
    }

    [Fact]
    public async Task HelpNamesTheModuleThatGroupsBelongTo()
    {
        using var scene = await PdshScene.MakeAsync();
        Assert.Contains("target hosts in dsh group", (await scene.RunAsync("PDSH_MISC_MODULES=dshgroup pdsh -h")).Stderr);
        Assert.Contains("Module: misc/netgroup\nAuthor: the Volley authors\nDescr:  hosts of netgroups\nActive: yes", (await scene.RunAsync("pdsh -M netgroup -L")).Stdout);
    }

    [Fact]
    public async Task ANetgroupThatIsNotThereHasNoHosts()
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync("pdsh -M netgroup -g volley-no-such-netgroup -q");
        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(": no remote hosts specified\n", result.Stderr);
    }

    [Theory]
    [InlineData("-j 12,13", "n[1-3,7]")]
    [InlineData("-j all", "n[1-9]")]
    [InlineData("-P debug", "d[1-2]")]
    [InlineData("-j 12,all", "n[1-9]")]
    [InlineData("-j all -C gpu", "n[2,4]")]
    [InlineData("-j all -C gpu -C fast", "n[2,4-5]")]
    [InlineData("-j all -C gpu,fast -x n4", "n[2,5]")]
    [InlineData("-P debug -C gpu", "d2")]
    [InlineData("-w 'x[1-2],n[1-4]' -C gpu", "n[2,4]")]
    [InlineData("-w x1 -P debug", "x1,d[1-2]")]
    [InlineData("-M slurm -P debug", "d[1-2]")]
    [InlineData("-F ./G -g foo -P debug", "d[1-2],n[4-7]")]
    [InlineData("-F ./G -g foo -P debug -w 'n[1-5]'", "n[4-5]")]
    public async Task SlurmIsAskedForHosts(string options, string hosts)
    {
        using var scene = await PdshScene.MakeAsync();
        scene.WriteProgram("squeue", "#!/bin/sh\ncase $* in *--jobs=12,13*) echo 'n[1-3]'; echo n7 ;; *--states=RUNNING*) echo 'n[1-9]' ;; *) exit 1 ;; esac\n");
        scene.WriteProgram("sinfo", "#!/bin/sh\ncase $* in *--partition=debug*) echo 'debug d[1-2]' ;; *--Node*) printf 'n1 big\\nn2 big,gpu\\nn4 gpu\\nn5 fast\\nn6 (null)\\nd2 gpu\\n' ;; *) exit 1 ;; esac\n");
        var result = await scene.RunAsync($"PATH=$PWD/bin:$PATH; pdsh {options} -q | tail -n 1");
        Assert.Equal((hosts + "\n", ""), (result.Stdout, result.Stderr));
    }

    [Theory]
    [InlineData("SLURM_JOBID=12,13 pdsh -q", "n[1-3,7]")]
    [InlineData("SLURM_JOBID=12,13 pdsh -x n2 -q", "n[1,3,7]")]
    [InlineData("SLURM_JOBID=12,13 WCOLL=B pdsh -q", "b[1-2]")]
    [InlineData("SLURM_JOBID=12,13 pdsh -w z -q", "z")]
    [InlineData("SLURM_JOBID=99 pdsh -q 2>&1 | sed 's/.*: //'", "no remote hosts specified")]
    public async Task TheOwnJobCountsWhereNothingElseSelectsHosts(string line, string hosts)
    {
        using var scene = await PdshScene.MakeAsync();
        scene.WriteProgram("squeue", "#!/bin/sh\ncase $* in *--jobs=12,13*) echo 'n[1-3]'; echo n7 ;; *) exit 1 ;; esac\n");
        Assert.Equal(hosts + "\n", (await scene.RunAsync($"export PATH=$PWD/bin:$PATH; {line} | tail -n 1")).Stdout);
    }

    [Theory]
    [InlineData("-j garbage", "invalid setting \"garbage\" for -j or SLURM_JOBID")]
    [InlineData("-j 12,x", "invalid setting \"x\" for -j or SLURM_JOBID")]
    [InlineData("-P debug -C nosuch", "no remote hosts specified")]
    [InlineData("-C gpu", "no remote hosts specified")]
    [InlineData("-j ''", "no remote hosts specified")]
    [InlineData("-P ,", "no remote hosts specified")]
    [InlineData("-P nosuch", "Warning - partition nosuch not found", "no remote hosts specified")]
    public async Task WhatSlurmDoesNotKnowSelectsNothing(string options, params string[] messages)
    {
        using var scene = await PdshScene.MakeAsync();
        scene.WriteProgram("squeue", "#!/bin/sh\necho n1\n");
        scene.WriteProgram("sinfo", "#!/bin/sh\ncase $* in *--partition=debug*|*--partition=) echo 'debug d[1-2]' ;; *--Node*) echo 'd1 gpu' ;; esac\n");
        var result = await scene.RunAsync($"PATH=$PWD/bin:$PATH; pdsh -R exec {options} echo hi");
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Equal(messages, VolleyRun.Lines(result.Stderr).Select(line => line.Split(": ", 2)[1]));
    }

    [Theory]
    [InlineData("-j 12", "squeue")]
    [InlineData("-P debug", "sinfo")]
    [InlineData("-C gpu -w h1", "sinfo")]
    public async Task SlurmThatIsNotInstalledIsNamed(string options, string program)
    {
        using var scene = await PdshScene.MakeAsync();
        var result = await scene.RunAsync($"pdsh -R exec {options} echo hi");
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.EndsWith($": {options[..2]} needs Slurm's {program}, which can't be started: No such file or directory\n", result.Stderr);
    }
}
