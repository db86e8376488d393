using Volley.Ssh.Keys;
using Volley.Ssh.Transport;
using Xunit;

namespace Volley.Ssh.UnitTests.Keys;

public class KeyAlgorithmTests
{
    [Fact]
    public void TheAlgorithmsOfHostKeysAreInTheOrderOfSsh() => Assert.Equal(
        [
            "ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp384-cert-v01@openssh.com",
            "ecdsa-sha2-nistp521-cert-v01@openssh.com", "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
            "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
        ],
        SshAlgorithms.HostKeys);

    [Fact]
    public void TheAlgorithmsOfUsersKeysIncludeSecurityKeys() => Assert.Equal(
        [
            .. SshAlgorithms.HostKeys, "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
            "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
        ],
        SshAlgorithms.UserKeys);

    [Theory]
    [InlineData("ssh-rsa", "rsa-sha2-512", "rsa-sha2-256")]
    [InlineData("ssh-rsa-cert-v01@openssh.com", "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com")]
    [InlineData("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521")]
    [InlineData("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com")]
    [InlineData("sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("ssh-dss")]
    [InlineData("rsa-sha2-512")]
    public void AKeyTypeHasItsSignatureAlgorithms(string keyType, params string[] algorithms) =>
        Assert.Equal(algorithms, KeyTypes.SignatureAlgorithms(keyType));

    [Theory]
    [InlineData("rsa-sha2-256", "ssh-rsa")]
    [InlineData("rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com")]
    [InlineData("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("unknown", "unknown")]
    public void AnAlgorithmHasTheTypeOfItsEncodedKeys(string algorithm, string type) => Assert.Equal(type, KeyTypes.EncodedType(algorithm));

    [Theory]
    [InlineData("ssh-ed25519", "ED25519")]
    [InlineData("ssh-rsa-cert-v01@openssh.com", "RSA")]
    [InlineData("ecdsa-sha2-nistp384", "ECDSA")]
    [InlineData("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com")]
    public void AKeyTypeIsShownAsSshShowsIt(string keyType, string shown) => Assert.Equal(shown, KeyTypes.DisplayName(keyType));
}
