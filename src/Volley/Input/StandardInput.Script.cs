namespace Volley;

/// <content>A script with its preamble.</content>
public abstract partial class StandardInput
{
    /// <summary>Returns an input that puts a preamble in front of the script, for commands that did not get the script's arguments.</summary>
    internal static StandardInput ForScript(StandardInput script, byte[] preamble) => new ScriptInput(script, preamble);

    private sealed class ScriptInput(StandardInput script, byte[] preamble) : StandardInput
    {
        public override bool IsRepeatable => script.IsRepeatable;

        internal override long KeptForLateStarters => script.KeptForLateStarters;

        internal override void BeginRun(int targets) => script.BeginRun(targets);

        internal override void Forgo() => script.Forgo();

        private protected override byte[] PreambleFor(IRemoteProcess process) => process.HasArguments ? [] : preamble;

        private protected override InputReader OpenReader() => script.OpenReader();

        protected override void Dispose(bool disposing) => script.Dispose();
    }
}
