namespace Volley.Ssh.Keys.Files;

/// <summary>
/// Blowfish with the key schedule of bcrypt, which mixes a salt and a key into the state repeatedly. No library in use exposes these
/// steps.
/// </summary>
internal sealed partial class Blowfish
{
    private const int Rounds = 16;
    private const int BoxSize = 256;

    private readonly uint[] _subkeys = Pi[..(Rounds + 2)].ToArray();
    private readonly uint[] _boxes = Pi[(Rounds + 2)..].ToArray();

    /// <summary>Mixes a key and a salt into the state (ExpandKey of the bcrypt paper). An empty salt counts as zeros.</summary>
    public void Expand(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt = default)
    {
        int keyAt = 0, saltAt = 0;
        for (var i = 0; i < _subkeys.Length; i++)
            _subkeys[i] ^= NextWord(key, ref keyAt);
        uint left = 0, right = 0;
        Fill(_subkeys, salt, ref saltAt, ref left, ref right);
        Fill(_boxes, salt, ref saltAt, ref left, ref right);
    }

    /// <summary>Encrypts one block in place.</summary>
    public void Encrypt(ref uint left, ref uint right)
    {
        ReadOnlySpan<uint> boxes = _boxes;
        var l = left ^ _subkeys[0];
        var r = right;
        for (var i = 1; i <= Rounds; i += 2)
        {
            r ^= Mix(boxes, l) ^ _subkeys[i];
            l ^= Mix(boxes, r) ^ _subkeys[i + 1];
        }

        left = r ^ _subkeys[Rounds + 1];
        right = l;
    }

    /// <summary>Erases the state.</summary>
    public void Clear()
    {
        Array.Clear(_subkeys);
        Array.Clear(_boxes);
    }

    /// <summary>Returns the next four bytes of a cyclically repeated text as a big-endian number.</summary>
    public static uint NextWord(ReadOnlySpan<byte> bytes, ref int at)
    {
        uint word = 0;
        for (var i = 0; i < sizeof(uint); i++)
        {
            word = (word << 8) | bytes[at];
            at = (at + 1) % bytes.Length;
        }

        return word;
    }

    private static uint Mix(ReadOnlySpan<uint> boxes, uint x) =>
        ((boxes[(int)(x >> 24)] + boxes[BoxSize + (int)((x >> 16) & 0xff)]) ^ boxes[(2 * BoxSize) + (int)((x >> 8) & 0xff)])
        + boxes[(3 * BoxSize) + (int)(x & 0xff)];

    private void Fill(Span<uint> words, ReadOnlySpan<byte> salt, ref int saltAt, ref uint left, ref uint right)
    {
        for (var i = 0; i < words.Length; i += 2)
        {
            if (!salt.IsEmpty)
            {
                left ^= NextWord(salt, ref saltAt);
                right ^= NextWord(salt, ref saltAt);
            }

            Encrypt(ref left, ref right);
            (words[i], words[i + 1]) = (left, right);
        }
    }
}
