namespace Integritet.Platform.Hosting;

/// <summary>Ids that are made of what they name, so that they come out the same each time and everywhere.</summary>
public static class NameBasedId
{
    /// <summary>The id of a hash, of which the first 16 bytes count: RFC 9562 5.8, version 8.</summary>
    public static Guid From(ReadOnlySpan<byte> hash)
    {
        Span<byte> id = stackalloc byte[16];
        hash[..16].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
