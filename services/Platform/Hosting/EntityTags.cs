using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Integritet.Platform.Hosting;

/// <summary><c>ETag</c> and <c>If-Match</c> (RFC 9110): the version of a resource's stream, as a strong tag.</summary>
public static class EntityTags
{
    /// <summary>The tag of a version: <c>"7"</c> with its quotes.</summary>
    public static string Of(long version) => $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";

    /// <summary>Sends the version as the answer's <c>ETag</c>.</summary>
    public static void SetETag(this HttpContext http, long version) => http.Response.Headers.ETag = Of(version);

    /// <summary>412 when <c>If-Match</c> names other versions, 428 when it is required and absent, 400 when it is no list of tags, else null.</summary>
    public static Problem? Check(HttpContext http, long version, bool required = false)
    {
        var header = http.Request.Headers.IfMatch;
        if (header.Count == 0)
            return required ? Problems.PreconditionRequired("Send If-Match with the ETag of the version you have read.") : null;
        if (!EntityTagHeaderValue.TryParseStrictList(header!, out var tags))
            return Problems.Malformed("If-Match is not a list of entity tags.", new ProblemError("Send the ETag as you received it.", "#header/If-Match"));
        var current = new EntityTagHeaderValue(Of(version));
        var matches = version > 0 && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(current, useStrongComparison: true));
        return matches ? null : Problems.PreconditionFailed("Read the resource again and decide anew.");
    }
}
