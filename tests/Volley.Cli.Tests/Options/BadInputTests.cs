using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Options;

/// <summary>An invalid command line prints one message and exits with 2; no host is contacted.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> CommandLines => new()
    {
        // The command line, word by word, and the whole message.
        { "", "no hosts and no command: volley -H HOSTS COMMAND; see volley --help" },
        { "run", "no hosts; name them with -H, for example: volley -H 'web[1-8]' uptime" },
        { "--parallel 3 true", "no hosts; name them with -H, for example: volley -H 'web[1-8]' uptime" },
        { "-H n1", "no command; it comes after the options, for example: volley -H 'web[1-8]' uptime" },
        { "-H n1 --", "no command; it comes after the options, for example: volley -H 'web[1-8]' uptime" },
        { "uptime -H n1", "'uptime' is not a volley command (run, ping, connect, push, sync, pull, connections, keys, list, hosts, config, history, show, grep, diff, rm, retry, resume, reboot, wait-for, relay, relays, runs, attach, clush, completion); hosts and options come before the remote command: volley -H HOSTS uptime ..." },
        { "hsots web1", "'hsots' is not a volley command (run, ping, connect, push, sync, pull, connections, keys, list, hosts, config, history, show, grep, diff, rm, retry, resume, reboot, wait-for, relay, relays, runs, attach, clush, completion); did you mean 'hosts'? Or hosts and options come before the remote command: volley -H HOSTS hsots ..." },

        { "-H n1 --paralel 3 true", "unknown option --paralel; did you mean --parallel? Or see volley --help" },
        { "-H n1 --time-out=3 true", "unknown option --time-out; did you mean --timeout? Or see volley --help" },
        { "-H n1 --nonsense true", "unknown option --nonsense; see volley --help" },
        { "-H n1 -z true", "unknown option -z; see volley --help" },
        { "-H n1 -kz true", "unknown option -z; see volley --help" },
        { "-w n1 true", "unknown option -w; did you mean -H/--hosts? For pdsh's own options: volley pdsh ..." },
        { "-H n1 -f 9 true", "unknown option -f; did you mean --parallel? For pdsh's own options: volley pdsh ..." },
        { "-H n1 -u 9 true", "unknown option -u; did you mean --timeout? For pdsh's own options: volley pdsh ..." },
        { "-kSw n1 true", "unknown option -S; did you mean --any-failure? For pdsh's own options: volley pdsh ..." },
        { "-K -H n1 true", "unknown option -K; see volley --help. For pdsh's own options: volley pdsh ..." },
        { "-B -H n1 true", "unknown option -B; did you mean -g?" },
        { "-H n1 --fanout=9 true", "unknown option --fanout; did you mean --parallel?" },
        { "-H n1 --maxrc true", "unknown option --maxrc; did you mean --any-failure?" },
        { "--hostfile hosts true", "unknown option --hostfile; did you mean -H ^FILE?" },
        { "-H n1 --par 9 true", "unknown option --par; did you mean --parallel?" },
        { "-H", "-H needs a value; see volley --help" },
        { "-H n1 --timeout", "--timeout needs a value; see volley --help" },
        { "-H n1 --output= true", "the value of --output is empty" },
        { "-H n1 --quiet=yes true", "--quiet takes no value" },
        { "-H n1 -k=1 true", "-k takes no value" },

        { "-H n1 --parallel 0 true", "--parallel takes a whole number of at least 1, not '0'" },
        { "-H n1 --parallel -1 true", "--parallel takes a whole number of at least 1, not '-1'" },
        { "-H n1 --parallel x true", "--parallel takes a whole number of at least 1, not 'x'" },
        { "-H n1 --parallel 2147483648 true", "--parallel takes a whole number of at least 1, not '2147483648'" },
        { "-H n1 --timeout -1 true", "--timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '-1'; or a multiple of the median, such as 5x" },
        { "-H n1 --timeout 1e999 true", "--timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '1e999'; or a multiple of the median, such as 5x" },
        { "-H n1 --timeout NaN true", "--timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not 'NaN'; or a multiple of the median, such as 5x" },
        { "-H n1 --connect-timeout 4000001 true", "--connect-timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '4000001'" },
        { "-H n1 --connect-timeout 5sec true", "--connect-timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '5sec'" },
        { "-H n1 --port 0 true", "--port takes a whole number from 1 to 65535, not '0'" },
        { "-H n1 -p 70000 true", "--port takes a whole number from 1 to 65535, not '70000'" },
        { "-H n1 -o foo true", "-o takes KEY=VALUE as in ssh_config(5), not 'foo'" },
        { "-H n1 --color blue true", "--color takes auto, always or never, not 'blue'" },
        { "-H n1 --progress yes true", "--progress takes auto, always or never, not 'yes'" },
        { "-H n1 --output fancy true", "--output takes normal, stream, gather, json, tui or none, or several with commas, not 'fancy'" },
        { "-H n1 --output stream,fancy true", "--output stream,fancy: 'fancy' is not an output; the outputs are normal, stream, gather, json, tui or none" },
        { "-H n1 --output stream, true", "--output stream,: '' is not an output; the outputs are normal, stream, gather, json, tui or none" },
        { "-H n1 --output stream,gather,stream true", "--output stream,gather,stream: stream is named twice; name it once" },
        { "-H n1 --output tui,stream true", "--output tui,stream: the terminal UI owns the terminal while the run goes on; of the other outputs it can be combined with gather only" },
        { "-H n1 --output none,json true", "--output none,json: json would be mixed with messages on standard error; leave none out" },
        { "-H n1 --output none -N true", "--no-prefix has no effect on --output none, which shows no output; leave one of the two out" },
        { "pull -H n1 --output gather,stream /etc/hosts", "pull -g compares files, which stream and normal would show without their names; leave them out" },
        { "-H n1 --transport telnet true", "--transport takes auto, openssh, exec or native, not 'telnet'" },

        { "-H n1 --any-failure --require-all-success true", "--require-all-success and --any-failure are mutually exclusive; choose one" },
        { "-H n1 --any-failure --check-all-nodes true", "--check-all-nodes and --any-failure are mutually exclusive; choose one" },
        { "-g -H n1 --sort name true", "--sort takes size or nodes, not 'name'" },
        { "-H n1 --diff true", "--diff requires gathered output; add -g" },
        { "-H n1 --live --output normal true", "--live requires gathered output; add -g" },
        { "-H n1 --sort nodes --output stream true", "--sort requires gathered output; add -g" },
        { "-H n1 -g --output normal true", "-g and --output normal are mutually exclusive; choose one, or combine the outputs: --output gather,normal" },
        { "-H n1 --timeout 1 --timeout 2 true", "--timeout is given 2 times; give it once" },
        { "-H n1 --color=auto --color=never true", "--color is given 2 times; give it once" },
        { "-H n1 -l me --user you true", "--user is given 2 times; give it once" },
        { "-H n1 --main-rank nobody true", "--main-rank nobody is not one of the 1 hosts; the first is n1" },
        { "-H n1 --stdin --script /dev/null", "--stdin and --script are mutually exclusive: the script is sent as standard input" },
        { "ping -H n1 true", "ping takes no command: unexpected 'true'; to run it: volley run -H HOSTS true" },
        { "keys", "keys takes a verb: volley keys scan|pin|changed|remove|push -H HOSTS" },
        { "keys list -H n1", "keys takes a verb: volley keys scan|pin|changed|remove|push -H HOSTS" },
        { "keys scan n1", "unexpected 'n1'; name hosts with -H: volley keys scan -H n1" },
        { "keys pin", "no hosts; name them with -H, for example: volley -H 'web[1-8]' uptime" },
        { "keys scan -H n1 --output json", "unknown option --output; see volley --help" },
        { "keys push -H n1", "keys push takes one public key: volley keys push KEY.pub -H HOSTS" },
        { "keys push /nonexistent.pub -H n1", "keys push: /nonexistent.pub: No such file or directory" },
        { "keys push /etc/passwd -H n1", "/etc/passwd: one public key was expected: a type such as ssh-ed25519, the key in base64, and a comment" },
        { "keys push /nonexistent.pub -H n1 --stdin", "keys push takes no --stdin: it runs no command" },
        { "connect -H n1 true", "connect takes no command: unexpected 'true'; to run it: volley run -H HOSTS true" },
        { "connect -H n1 --timeout 3", "connect takes no --timeout: it runs no command; the limit for connecting is --connect-timeout" },
        { "connect -H n1 --transport native", "connect keeps connections open, which --transport native does not support; leave --transport out" },
        { "-H n1 --ask --tui true", "--ask can't be combined with --output tui, which owns the terminal; log in before the run: volley connect -H HOSTS" },
        { "-H n1 --ask --transport exec true", "--ask has no effect with --transport exec, which does not use SSH; leave one of the two out" },
        { "-H n1 --password-file /nonexistent true", "--password-file /nonexistent: No such file or directory" },
        { "-H n1 --password-command /nonexistent true", "--password-command: can't start /nonexistent: No such file or directory" },
        { "-H n1 --password --password-file x true", "--password and --password-file are mutually exclusive: both state the password" },
        { "ping -H n1 --stdin", "ping takes no --stdin: it runs no command" },

        { "ping -H n1 --timeout 3", "ping takes no --timeout: it runs no command; the limit for connecting is --connect-timeout" },
        { "ping -H n1 --any-failure", "ping takes no --any-failure: its exit code is 0 if all hosts were reached, 1 if some, 255 if none" },
        { "ping -H n1 --env A=1", "ping takes no --env: it runs no command" },

        { "-H n1 --timeout ms true", "--timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not 'ms'; or a multiple of the median, such as 5x" },
        { "-H n1 --timeout 1h-2m true", "--timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '1h-2m'; or a multiple of the median, such as 5x" },
        { "-H n1 --timeout none true", "--timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not 'none'; or a multiple of the median, such as 5x" },
        { "-H n1 --server-alive-interval 1w true", "--server-alive-interval takes a time from 0 (never) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '1w'" },
        { "-H n1 --drain None true", "--drain takes a time from 0 (do not wait), or none (until the streams end), up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not 'None'" },
        { "ping -H n1 --drain 1", "ping takes no --drain: it runs no command, so there is no output to wait for" },
        { "ping -H n1 --max-output 1G", "ping takes no --max-output: it runs no command, so there is no output" },
        { "-H n1 --retry-command -1 true", "--retry-command takes a whole number from 0 to 1000000, not '-1'" },
        { "-H n1 --retry-delay 1s true", "--retry-delay requires --retry-command with the number of retries" },
        { "-H n1 --retry-command 0 --retry-on 3 true", "--retry-on requires --retry-command with the number of retries" },
        { "-H n1 --retry-command 1 --retry-on 0 true", "--retry-on takes codes from 1 to 255, ranges such as 100-110, and timeout, signal, lost, separated by commas, not '0'" },
        { "-H n1 --retry-command 1 --retry-on 9-3 true", "--retry-on takes codes from 1 to 255, ranges such as 100-110, and timeout, signal, lost, separated by commas, not '9-3'" },
        { "-H n1 --retry-command 1 --retry-on 3, true", "--retry-on takes codes from 1 to 255, ranges such as 100-110, and timeout, signal, lost, separated by commas, not ''" },
        { "-H n1 --retry-command 1 --stdin true", "--retry-command can't repeat standard input, which can be read only once; leave out --stdin, or use --script" },
        { "ping -H n1 --retry-command 1", "ping takes no --retry-command: it runs no command; failed connections are retried by --retries" },
        { "push -H n1 --retry-command 1 a b", "push takes no --retry-command: it runs no command; failed connections are retried by --retries" },
        { "-H n1 --barrier --then b --spread rack a", "--barrier lets hosts wait for all others of their batch, but with --spread some start only when others have ended; leave out one of the two" },
        { "-H n1 --barrier true", "--barrier requires --then with a command" },
        { "-H n1 --then b --retry-command 2 a", "--retry-command runs a single command again, and not one of several steps; leave out one of --then and --retry-command" },
        { "ping -H n1 --then b", "ping takes no --then: it runs no command" },
        { "push -H n1 --then b a /tmp", "push takes no --then: it runs no command" },
        { "-H n1 --lock ../x true", "--lock takes a name of up to 64 letters, digits and _ . -, which begins with a letter or a digit, not '../x'" },
        { "-H n1 --lock .x true", "--lock takes a name of up to 64 letters, digits and _ . -, which begins with a letter or a digit, not '.x'" },
        { "-H n1 --lock-wait 3 true", "--lock-wait requires --lock" },
        { "-H n1 --lock a --lock-wait -3 true", "--lock-wait takes a time from 0 (do not wait) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '-3'" },
        { "-H n1 --timeout 1x true", "--timeout takes a multiple of the median above 1 and up to 1000000, such as 5x or 1.5x, not '1x'" },
        { "-H n1 --timeout -5x true", "--timeout takes a multiple of the median above 1 and up to 1000000, such as 5x or 1.5x, not '-5x'" },
        { "-H n1 --timeout x true", "--timeout takes a multiple of the median above 1 and up to 1000000, such as 5x or 1.5x, not 'x'" },
        { "-H n1 --idle-timeout -1 true", "--idle-timeout takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '-1'" },
        { "-H n1 --deadline 5x true", "--deadline takes a time from 0 (no limit) up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '5x'" },
        { "-H n1 --deadline 1 --deadline 2 true", "--deadline is given 2 times; give it once" },
        { "ping -H n1 --idle-timeout 3", "ping takes no --idle-timeout: it runs no command, so there is no output to wait for" },
        { "push -H n1 --idle-timeout 3 a b", "push takes no --idle-timeout: it runs no command; the limit for a copy is --timeout" },
        { "-H n1 --keep 0 true", "--keep takes a time above 0 up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '0'" },
        { "-H n1 --keep 5x true", "--keep takes a time above 0 up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '5x'" },
        { "-H n1 --keep m true", "--keep takes a time above 0 up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not 'm'" },
        { "-H n1 --keep 1.5.h true", "--keep takes a time above 0 up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '1.5.h'" },
        { "-H n1 --keep -1 true", "--keep takes a time above 0 up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '-1'" },
        { "-H n1 --keep 99999999999 true", "--keep takes a time above 0 up to 46 days, such as 30, 2.5s, 250ms, 10m or 1h30m, not '99999999999'" },
        { "-H n1 --keep-max 0 true", "--keep-max takes a whole number of at least 1, not '0'" },
        { "-H n1 --retries -1 true", "--retries takes a whole number from 0 to 1000, not '-1'" },
        { "-H n1 --connect-rate 0 true", "--connect-rate takes a whole number from 1 to 1000000, not '0'" },
        { "-H n1 --server-alive-count-max 0 true", "--server-alive-count-max takes a whole number from 1 to 1000000, not '0'" },
        { "-H n1 --env A true", "--env takes NAME=VALUE, with letters, digits and _ in NAME, not 'A'" },
        { "-H n1 --env =x true", "--env takes NAME=VALUE, with letters, digits and _ in NAME, not '=x'" },
        { "-H n1 --env A-B=x true", "--env takes NAME=VALUE, with letters, digits and _ in NAME, not 'A-B=x'" },
        { "-H n1 --env 1A=x true", "--env takes NAME=VALUE, with letters, digits and _ in NAME, not '1A=x'" },

        { "-H n1 -i /no/such/key true", "-i /no/such/key: No such file or directory" },
        { "-H n1 -i / true", "-i /: Is a directory" },
        { "-H n1 -F /no/such/config true", "-F /no/such/config: No such file or directory" },
        { "-H n1 --script /no/such/script", "--script /no/such/script: No such file or directory" },
        { "-H n1 --script / x", "--script /: Is a directory" },
        { "-H n1 --report - true", "--report - writes the report to standard output, where the hosts' output is; add --output none, or --output none,stream for lines on standard error (for a file named -: ./-)" },
        { "-H n1 --hosts-ok - --output json true", "--hosts-ok - writes the report to standard output, where the hosts' output is; add --output none, or --output none,stream for lines on standard error (for a file named -: ./-)" },
        { "-H n1 --report csv:- --report - --output none true", "--report -: another report goes to standard output; write one of them to a file" },
        { "-H n1 -o Port=abc true", "-o Port=abc: bad port 'abc'" },
        { "-H n1 -o ServerAliveInterval=x true", "-o ServerAliveInterval=x: bad time 'x' of ServerAliveInterval, as in 90 or 1m30s" },
        { "-H n1 -o EscapeChar=abc true", "-o EscapeChar=abc: bad value 'abc' of EscapeChar: one character, ^ and a letter, or none" },
        { "-H n1 -o RequestTTY=maybe true", "-o RequestTTY=maybe: bad value 'maybe' of RequestTTY: yes, no, true, false, force or auto" },
        { "-H n1 -o ForwardX11Timeout=x true", "-o ForwardX11Timeout=x: bad time 'x' of ForwardX11Timeout, as in 90 or 1m30s" },
        { "-H n1 -o Host=x true", "-o Host=x: Host is for files only" },
        { "-H n1 -o IdentityFile=%q true", "-o IdentityFile=%q: unknown token %q in '%q'" },
        { "-H n1 -l a;b true", "--user: the user name 'a;b' contains invalid characters" },

        { "-F x push a b", "no hosts; name them with -H, for example: volley -H 'web[1-8]' uptime; for volley's own push, the verb comes first: volley push ..." },
        { "-v keys scan -H n1", "no hosts; name them with -H, for example: volley -H 'web[1-8]' uptime; for volley's own keys, the verb comes first: volley keys ..." },
        { "-H n1 --mkdir push a b", "--mkdir is an option of volley push and sync; for volley's own push, the verb comes first: volley push ..." },
        { "--oldest history", "unknown option --oldest; see volley --help; for volley's own history, the verb comes first: volley history ..." },
        { "-H n1 --mkdir grep a b", "--mkdir is an option of volley push and sync" },

        { "-H n1 --overwrite true", "--overwrite requires --output-dir" },
        { "-H n1 --output json -N true", "--no-prefix has no effect on --output json, which names the node in every object; leave one of the two out" },

        { "-H n1 --tui true", "the terminal UI needs a terminal as standard input and output; without one use --output normal, stream, gather or json" },
        { "-H n1 --output tui true", "the terminal UI needs a terminal as standard input and output; without one use --output normal, stream, gather or json" },
        { "-H n1 --tui -g true", "--tui and --output gather are mutually exclusive; choose one, or combine the outputs: --output tui,gather" },
        { "-H n1 --tui --output json true", "--tui and --output json are mutually exclusive; choose one" },

        { "completion", "completion takes the name of a shell: bash, zsh or fish" },
        { "completion tcsh", "no completion for 'tcsh'; supported shells are bash, zsh and fish" },
    };

    [Theory]
    [InlineData("-p 22", "-p")]
    [InlineData("-i /dev/null", "-i")]
    [InlineData("-J b", "-J")]
    [InlineData("-F none", "-F")]
    [InlineData("-o A=b", "-o")]
    [InlineData("--connect-timeout 3", "--connect-timeout")]
    [InlineData("--password", "--password")]
    [InlineData("--keep 30", "--keep")]
    [InlineData("--keep-max 3", "--keep-max")]
    [InlineData("--no-reuse", "--no-reuse")]
    [InlineData("--retries 3", "--retries")]
    [InlineData("--connect-rate 3", "--connect-rate")]
    [InlineData("--server-alive-interval 3", "--server-alive-interval")]
    [InlineData("--server-alive-count-max 3", "--server-alive-count-max")]
    [InlineData("--tty", "--tty")]
    public async Task WhatOnlySshCanDoHasNoPlaceWithExec(string option, string name) => AssertRefused(
        await RunAsync(["-H", "n1", "--transport", "exec", .. option.Split(' '), "true"]),
        $"volley: {name} has no effect with --transport exec, which does not use SSH; leave one of the two out\n");

    public static TheoryData<string, string, int> Expressions => new()
    {
        { "web[]", "the range is empty; write numbers in it, as in [1-3]", 4 },
        { "db,web[5-1]", "the range is reversed; write [1-5]", 7 },
        { "web[1-3", "the bracket is not closed; add a ]", 3 },
    };

    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task OneMessageSaysWhatIsWrong(string line, string message) =>
        AssertRefused(await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)), $"volley: {message}\n");

    [Fact]
    public async Task AConnectorThatDoesNotExistIsRefused()
    {
        var result = await ProgramRun.RunAsync(VolleyRun.Start("-H", "n1", "true").WithVariable("VOLLEY_SOCKETS", "poll\e[1m"));
        AssertRefused(result, "volley: unexpected 'poll^[[1m' in VOLLEY_SOCKETS; use epoll or platform, or unset it\n");
    }

    [Fact]
    public async Task KeptConnectionsAreNotOfTheNativeTransport()
    {
        foreach (var option in new[] { "--keep=1m", "--keep-max=3", "--no-reuse" })
        {
            AssertRefused(
                await RunAsync("-H", "n1", "--transport", "native", option, "true"),
                $"volley: {option.Split('=')[0]} is for connections that outlive a run, which --transport native does not support; leave one of the two out\n");
        }
    }

    [Theory]
    [MemberData(nameof(Expressions))]
    public async Task ACaretStandsUnderTheFaultOfAnExpression(string expression, string message, int position)
    {
        var expected = $"volley: {message}\n{expression}\n{new string(' ', position)}^\n";
        AssertRefused(await RunAsync("-H", expression, "true"), expected);
        AssertRefused(await RunAsync("-H", "n1", "-x", expression, "true"), expected);
    }

    [Theory]
    [InlineData("bastion[1-2]", "a jump host takes no range; name the hosts one by one, in the order of the hops", 7)]
    [InlineData("gate,me@[1-2]", "a jump host takes no range; name the hosts one by one, in the order of the hops", 8)]
    [InlineData("gate,,db", "a jump host is missing; write [user@]host[:port], and a comma between two", 5)]
    [InlineData("gate:0", "bad jump host 'gate:0'; write [user@]host[:port]", 0)]
    [InlineData("gate,a;b", "the jump host 'a;b' contains invalid characters", 5)]
    public async Task ACaretStandsUnderTheFaultOfAJumpHost(string jump, string message, int position)
    {
        foreach (var transport in new[] { "auto", "native", "openssh" })
        {
            AssertRefused(
                await RunAsync("-H", "n1", "--transport", transport, "-J", jump, "true"), $"volley: {message}\n{jump}\n{new string(' ', position)}^\n");
        }
    }

    [Theory]
    [InlineData("Frobnicate yes", "config: line 2: Bad configuration option: frobnicate")]
    [InlineData("Match bogus x", "Unsupported Match attribute bogus")]
    [InlineData("Ciphers rot13", "config line 2: Bad SSH2 cipher spec 'rot13'.")]
    // In the part of another host.
    [InlineData("Host db1\nCASignatureAlgorithms nonsense", "config line 3: Bad key types 'nonsense'.")]
    [InlineData("Host db1\nLocalForward 80", "config line 3: ")]
    [InlineData("Host db1\nEscapeChar abc", "config line 3: ")]
    [InlineData("Host db1\nUseKeychain yes", "config: line 3: Bad configuration option: usekeychain")]
    public async Task AConfigurationThatSshRefusesIsOneError(string line, string complaint)
    {
        var file = _folder.Write("config", $"Host *\n{line}\n");
        foreach (var transport in new[] { "auto", "native", "openssh" })
        {
            var result = await VolleyRun.RunAsync("-F", file, "-H", "127.0.0.[1-2]:1", "--transport", transport, "true");
            Assert.StartsWith("volley: ssh refuses its configuration: ", result.Stderr, StringComparison.Ordinal);
            Assert.Contains(complaint, result.Stderr, StringComparison.Ordinal);
            Assert.EndsWith("; see ssh_config(5)\n", result.Stderr, StringComparison.Ordinal);
            Assert.Equal((2, "", 1), (result.ExitCode, result.Stdout, result.Stderr.Count(c => c == '\n')));
        }
    }

    [Theory]
    [InlineData("Foo=bar", "Bad configuration option: foo")]
    [InlineData("Ciphers=rot13", "Bad SSH2 cipher spec 'rot13'.")]
    public async Task ADirectiveThatSshDoesNotKnowIsOneError(string option, string complaint)
    {
        foreach (var transport in new[] { "auto", "native", "openssh" })
        {
            AssertRefused(
                await VolleyRun.RunAsync("-F", "none", "-H", "127.0.0.[1-2]:1", "--transport", transport, "-o", option, "true"),
                $"volley: ssh refuses the options: {complaint}; see ssh_config(5)\n");
        }
    }

    [Fact]
    public async Task AHostFileThatIsNotThereIsNamed() => AssertRefused(
        await RunAsync("-H", "^/no/such/hosts", "true"),
        "volley: can't read /no/such/hosts: No such file or directory\n^/no/such/hosts\n^\n");

    [Fact]
    public async Task ABadLineOfAHostFileIsNamed()
    {
        var file = _folder.Write("hosts", "web1\n# comment\ndb[1-\n");
        AssertRefused(await RunAsync("-H", $"^{file}", "true"), $"volley: {file} line 3: the bracket is not closed; add a ]\ndb[1-\n  ^\n");
    }

    [Fact]
    public async Task AnEmptyWordIsNoHostAndNoCommand()
    {
        AssertRefused(await RunAsync("-H", "", "true"), "volley: the value of -H is empty\n");
        AssertRefused(await RunAsync("-H", "n1", ""), "volley: the command is empty; it must begin with the name of a program\n");
    }

    [Fact]
    public async Task ControlCharactersOfABadWordAreShown() =>
        AssertRefused(await RunAsync("-H", "n1", "--\e]0;x\a", "true"), "volley: unknown option --^[]0;x^G; see volley --help\n");

    [Fact]
    public async Task StandardInputCanBeHostsOrInput() => AssertRefused(
        await RunAsync("-H", "-", "--stdin", "true"),
        "volley: there is no standard input to read hosts from here; name the hosts or use ^FILE\n-\n^\n");

    [Theory]
    [InlineData("-x n[1-3]", "no host is left after --exclude and --filter")]
    [InlineData("--filter web*", "no host is left after --exclude and --filter")]
    [InlineData("", "the host list is empty")]
    public async Task ASelectionThatIsEmptyIsAMessageAndOne(string options, string message)
    {
        var hosts = options.Length > 0 ? "n[1-3]" : $"^{_folder.Write("none", "# nobody\n")}";
        var result = await RunAsync(["-H", hosts, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "true"]);
        Assert.Equal($"volley: {message}\n", result.Stderr);
        Assert.Equal("", result.Stdout);
        Assert.Equal(1, result.ExitCode);
        Assert.False(File.Exists(_folder["contacted"]));
    }

    [Fact]
    public async Task AGoodCommandLineWouldLeaveTheMark()
    {
        await RunAsync("-H", "n1", "--transport", "openssh", "true");
        Assert.True(File.Exists(_folder["contacted"]));
    }

    /// <summary>Any ssh that is started would leave a mark; it never gets as far as to be asked for its version.</summary>
    private async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        var path = FakeSsh($"echo OpenSSH_9.2 >&2; echo \"$*\" >>{_folder["contacted"]}");
        return await ProgramRun.RunAsync(VolleyRun.Start(arguments).WithVariable("PATH", path).WithInput("n9\n"));
    }

    private string FakeSsh(string line)
    {
        var folder = Directory.CreateDirectory(_folder["bin"]).FullName;
        var ssh = _folder.Write("bin/ssh", $"#!/bin/sh\n{line}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        return folder;
    }

    private void AssertRefused(ProgramResult result, string message)
    {
        Assert.Equal(message, result.Stderr);
        Assert.Equal("", result.Stdout);
        Assert.Equal(2, result.ExitCode);
        Assert.False(File.Exists(_folder["contacted"]));
    }
}
