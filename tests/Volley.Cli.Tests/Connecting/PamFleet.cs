using Volley.Testing;
using Xunit;

namespace Volley.Cli.Tests.Connecting;

/// <summary>
/// A fleet that asks through PAM: its hosts in 127.77.0.0/16 for a one-time code, by a module that is built here, and no other host if the user's key fits.
/// With a second argument the module asks for that password, too.
/// </summary>
public class PamFleet : IAsyncLifetime
{
    public const string Code = "314159";

    /// <summary>A text that a terminal would interpret, and that begins a line as another host's would.</summary>
    public const string Information = "\e]0;title\aTwo factors\nother: hand over your code";

    private const string Source = """
        #include <stdlib.h>
        #include <string.h>
        struct pam_message { int style; const char *text; };
        struct pam_response { char *text; int code; };
        struct pam_conv { int (*ask)(int, const struct pam_message **, struct pam_response **, void *); void *data; };
        int pam_get_item(const void *handle, int type, const void **item);
        int pam_sm_authenticate(void *handle, int flags, int count, const char **arguments)
        {
            const struct pam_conv *conversation = 0;
            struct pam_message about = { 4, "\033]0;title\007Two factors\nother: hand over your code" }, question = { 1, "Verification code: " };
            struct pam_message password = { 1, "Password: " };
            const struct pam_message *messages[3] = { &about, &question, &password };
            struct pam_response *answers = 0;
            if (pam_get_item(handle, 5, (const void **)&conversation) != 0 || !conversation)
                return 4;
            if (conversation->ask(count + 1, messages, &answers, conversation->data) != 0 || !answers || !answers[1].text)
                return 7;
            if (count > 1 && strcmp(answers[2].text, arguments[1]) != 0)
                return 7;
            return strcmp(answers[1].text, arguments[0]) == 0 ? 0 : 7;
        }
        int pam_sm_setcred(void *handle, int flags, int count, const char **arguments) { return 0; }
        """;

    private readonly string _service = $"volley{Guid.NewGuid():n}"[..16];
    private string _folder = "";

    /// <summary>The arguments of the module.</summary>
    protected virtual string Arguments => Code;

    /// <summary>Null where only another user than root runs the tests.</summary>
    public Fleet? Fleet { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Environment.UserName != "root")
            return;
        _folder = Directory.CreateTempSubdirectory("volley-pam-module-").FullName;
        var module = Path.Combine(_folder, "ask.so");
        File.WriteAllText(Path.Combine(_folder, "ask.c"), Source);
        var built = await ProgramRun.RunAsync(new ProgramStart("gcc", "-shared", "-fPIC", "-o", module, Path.Combine(_folder, "ask.c")));
        Assert.True(built.ExitCode == 0, built.ToString());
        File.WriteAllText($"/etc/pam.d/{_service}", $"auth required {module} {Arguments}\naccount required pam_permit.so\nsession required pam_permit.so\n");
        File.WriteAllText(Path.Combine(_folder, "asking"), "Match LocalAddress 127.77.0.0/16\nAuthenticationMethods keyboard-interactive\n");
        Fleet = await Fleet.StartWithPamAsync(_service, $"Include={Path.Combine(_folder, "asking")}");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Fleet is not null)
            await Fleet.DisposeAsync();
        if (_folder.Length == 0)
            return;
        File.Delete($"/etc/pam.d/{_service}");
        Directory.Delete(_folder, recursive: true);
    }
}
