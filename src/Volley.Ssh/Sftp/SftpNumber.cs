namespace Volley.Ssh.Sftp;

/// <summary>The packet types of SFTP version 3 (draft-ietf-secsh-filexfer-02 section 3).</summary>
internal static class SftpNumber
{
    public const byte Init = 1;
    public const byte Version = 2;
    public const byte Open = 3;
    public const byte Close = 4;
    public const byte Read = 5;
    public const byte Write = 6;
    public const byte LinkStatus = 7;
    public const byte HandleStatus = 8;
    public const byte SetStatus = 9;
    public const byte SetHandleStatus = 10;
    public const byte OpenDirectory = 11;
    public const byte ReadDirectory = 12;
    public const byte Remove = 13;
    public const byte MakeDirectory = 14;
    public const byte RemoveDirectory = 15;
    public const byte RealPath = 16;
    public const byte Status = 17;
    public const byte Rename = 18;
    public const byte ReadLink = 19;
    public const byte SymbolicLink = 20;
    public const byte StatusReply = 101;
    public const byte Handle = 102;
    public const byte Data = 103;
    public const byte Name = 104;
    public const byte Attributes = 105;
    public const byte Extended = 200;
    public const byte ExtendedReply = 201;
}
