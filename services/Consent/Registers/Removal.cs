using Integritet.Platform.Hosting;

namespace Integritet.Consent.Registers;

/// <summary>What a removal says: nothing beyond the id in its path. A body may be left out.</summary>
internal sealed record Removal
{
    public static async Task ReadAsync(HttpContext http)
    {
        if (!(await http.ReadRawBodyAsync()).IsEmpty)
            _ = await http.ReadBodyAsync<Removal>();
    }
}
