using Volley.Ssh.Keys.Files;
using Xunit;

namespace Volley.Ssh.UnitTests.Keys;

/// <summary>The derivation of keys from passphrases, against published vectors.</summary>
public class PrivateKeyKdfTests
{
    // From OpenBSD's regress/lib/libutil/bkdf_test and the vectors of bcrypt_pbkdf that other implementations test with.
    [Theory]
    [InlineData("password", "salt", 4, "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9")]
    [InlineData("password", "salt", 8, "e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec76227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d")]
    public void TheVectorsOfOpenBsdHold(string passphrase, string salt, uint rounds, string expected)
    {
        var key = new byte[expected.Length / 2];
        BcryptPbkdf.Derive(System.Text.Encoding.ASCII.GetBytes(passphrase), System.Text.Encoding.ASCII.GetBytes(salt), rounds, key);
        Assert.Equal(expected, Convert.ToHexStringLower(key));
    }

    /// <summary>Published with Blowfish: a key of zeros and a block of zeros.</summary>
    [Fact]
    public void BlowfishStartsFromPi()
    {
        var cipher = new Blowfish();
        cipher.Expand(new byte[8]);
        uint left = 0, right = 0;
        cipher.Encrypt(ref left, ref right);
        Assert.Equal((0x4EF99745u, 0x6198DD78u), (left, right));
    }
}
