using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Integritet.Platform.Hosting;

/// <summary>Reads whole numbers of a query.</summary>
public static class QueryNumbers
{
    /// <summary>
    /// The number sent as <paramref name="name"/>, in digits alone; <paramref name="absent"/> where none is sent. One that is sent twice, is no number or does not lie from <paramref name="least"/> to
    /// <paramref name="most"/> is added to <paramref name="faults"/> as <paramref name="fault"/>, with the pointer <c>#query/name</c>, and answered as absent: the caller refuses the request by its faults.
    /// </summary>
    public static long Number(this IQueryCollection query, string name, long least, long most, long absent, string fault, ICollection<ProblemError> faults)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(faults);
        if (!query.TryGetValue(name, out var sent))
            return absent;
        if (long.TryParse(sent, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        faults.Add(new ProblemError(fault, $"#query/{name}"));
        return absent;
    }
}
