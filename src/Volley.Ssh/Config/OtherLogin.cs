namespace Volley.Ssh.Config;

/// <summary>A way to log in that the configuration allows and only ssh can try.</summary>
/// <param name="Method">The name of the method (RFC 4252): gssapi-with-mic or hostbased.</param>
/// <param name="Directive">The directive that allows it, with its place.</param>
public sealed record OtherLogin(string Method, string Directive)
{
    /// <summary>Returns the directive.</summary>
    public override string ToString() => Directive;
}
