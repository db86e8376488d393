namespace Volley.Ssh.Config.Keywords;

/// <summary>A configured login method that only ssh supports.</summary>
/// <param name="Method">The name of the method (RFC 4252): gssapi-with-mic or hostbased.</param>
/// <param name="Directive">The directive that allows it, with its position.</param>
internal sealed record OtherLogin(string Method, string Directive)
{
    /// <summary>Returns the directive.</summary>
    public override string ToString() => Directive;
}
