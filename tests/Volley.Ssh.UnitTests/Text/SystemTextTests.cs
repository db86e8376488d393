using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Volley.Interop.Text;
using Xunit;

namespace Volley.Ssh.UnitTests.Text;

public class SystemTextTests
{
    private static readonly Gen<byte> Bytes = Gen.Frequency((1, Gen.Byte[97, 99]), (2, Gen.Byte), (2, Gen.OneOf<byte>(0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0)));

    [Fact]
    public void AnyBytesComeBackAsTheyWere() => Bytes.Array[0, 12].Sample(bytes =>
    {
        var text = SystemText.Decode(bytes);
        Assert.Equal(bytes, SystemText.Encode(text));
        Assert.Equal(bytes.Length, SystemText.GetByteCount(text));
        Assert.Equal(Encoding.UTF8.GetString(bytes), SystemText.ToValid(text));
    }, iter: 2000);

    [Fact]
    public void BytesOfTwoTextsThatAreJoinedComeBackToo() => Gen.Select(Bytes.Array[0, 6], Bytes.Array[0, 6]).Sample((one, other) =>
        Assert.Equal([.. one, .. other], SystemText.Encode(SystemText.Decode(one) + SystemText.Decode(other))), iter: 2000);

    [Theory]
    [InlineData("r<dce9>sum<dce9>", new byte[] { (byte)'r', 0xe9, (byte)'s', (byte)'u', (byte)'m', 0xe9 })]
    [InlineData("é€😀", new byte[] { 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80 })]
    [InlineData("<dce2><dc82>", new byte[] { 0xe2, 0x82 })]
    public void OnlyWhatIsNotUtf8IsEscaped(string text, byte[] bytes)
    {
        // An attribute can't hold a surrogate that stands alone.
        Assert.Equal(text, Regex.Replace(SystemText.Decode(bytes), "[\udc80-\udcff](?<![\ud800-\udbff].)", match => $"<{(int)match.Value[0]:x4}>"));
    }

    [Fact]
    public void OtherSurrogatesStandForNoByte() => Assert.Equal("\ufffd\ufffd"u8.ToArray(), SystemText.Encode("\udc7f\ud800"));

    [Fact]
    public void LinesAreReadWithoutLoss()
    {
        using var reader = new SystemTextReader(new MemoryStream([0xef, 0xbb, 0xbf, (byte)'a', 0xe9, (byte)'\r', (byte)'\n', 0xc3, 0xa9]));
        Assert.Equal("a\udce9", reader.ReadLine());
        Assert.Equal("é", reader.ReadLine());
        Assert.Null(reader.ReadLine());
    }
}
