using Volley.Ssh.Wire;
using Xunit;

namespace Volley.Ssh.UnitTests;

/// <summary>The fields of RFC 4251 section 5, written and read.</summary>
public class WireFieldTests
{
    [Fact]
    public void EachFieldIsReadAsItWasWritten()
    {
        var writer = SshWriter.WithoutNumber(capacity: 1);
        writer.WriteBoolean(true);
        writer.WriteUInt32(0xfedcba98);
        writer.WriteString([1, 2, 3]);
        writer.WriteText("naïve");
        writer.WriteNameList(["a", "b"], "c");
        writer.WriteMpint([0, 0x80]);
        writer.WriteText("ssh-rsa");
        writer.WriteRaw([0, 0, 0, 0, 0, 0, 1, 0]);
        var bytes = writer.ToArray();
        var reader = new SshReader(bytes, "it");
        Assert.True(reader.ReadBoolean());
        Assert.Equal(0xfedcba98, reader.ReadUInt32());
        Assert.Equal([1, 2, 3], reader.ReadString().ToArray());
        Assert.Equal("naïve", reader.ReadText());
        Assert.Equal(["a", "b", "c"], reader.ReadNameList());
        Assert.Equal([0x80], reader.ReadMpint().ToArray());
        Assert.Equal("ssh-rsa", reader.ReadName());
        Assert.Equal(256UL, reader.ReadUInt64());
        Assert.Equal(bytes.Length, reader.Position);
        reader.CheckEnd();
    }

    // RFC 4251 section 5: the examples of a name-list.
    [Theory]
    [InlineData("00000000")]
    [InlineData("000000047a6c6962", "zlib")]
    [InlineData("000000097a6c69622c6e6f6e65", "zlib", "none")]
    public void ANameListIsThatOfTheSpecification(string encoded, params string[] names)
    {
        var writer = SshWriter.WithoutNumber();
        writer.WriteNameList(names);
        var bytes = writer.ToArray();
        Assert.Equal(Convert.FromHexString(encoded), bytes);
        Assert.Equal(names, new SshReader(bytes, "it").ReadNameList());
    }

    // RFC 4251 section 5: the examples of an mpint that are not negative.
    [Theory]
    [InlineData("00", "00000000")]
    [InlineData("09a378f9b2e332a7", "0000000809a378f9b2e332a7")]
    [InlineData("80", "000000020080")]
    [InlineData("000080", "000000020080")]
    public void AnMpintIsThatOfTheSpecification(string magnitude, string encoded) =>
        Assert.Equal(Convert.FromHexString(encoded), SshWriter.EncodeMpint(Convert.FromHexString(magnitude)));

    [Theory]
    [InlineData("00000005aabb")]
    [InlineData("ffffffffaabb")]
    [InlineData("0000")]
    public void AStringThatIsCutShortIsRefused(string fields)
    {
        var bytes = Convert.FromHexString(fields);
        Assert.Equal("the key is damaged", Assert.Throws<SshException>(() => new SshReader(bytes, "the key").ReadString().Length).Message);
        byte[] message = [7, .. bytes];
        Assert.Contains("message 7 is cut short", Assert.Throws<SshException>(() => new SshReader(message).ReadString().Length).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00000000")]
    [InlineData("0000000100")]
    [InlineData("0000000180")]
    public void AnMpintThatIsNotPositiveIsRefused(string fields)
    {
        var bytes = Convert.FromHexString(fields);
        Assert.Throws<SshException>(() => new SshReader(bytes, "it").ReadMpint().Length);
    }

    [Fact]
    public void TextForDisplayHasNoControlCharacters()
    {
        var message = Wire.Message(1, "a\u001b[31m\nb ");
        Assert.Equal("a [31m b", new SshReader(message).ReadDisplayText());
    }
}
