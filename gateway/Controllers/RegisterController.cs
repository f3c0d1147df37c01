using System.Globalization;
using Integritet.Gateway.Access;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Controllers;

/// <summary>An operator of the whole installation makes a controller known, so that keys for it can be granted and its policy be handed in.</summary>
public static class RegisterController
{
    private const int MaxLanguages = 20;
    private const int MaxContactLength = 320;

    /// <param name="Country">ISO 3166-1 alpha-2.</param>
    /// <param name="Zone">IANA time zone in which its days begin and end.</param>
    /// <param name="Languages">BCP 47 tags, the first the default.</param>
    /// <param name="Contact">Where it is reached about data protection.</param>
    public sealed record Request(string Id, string Country, string Zone, IReadOnlyList<string> Languages, string Contact);

    public sealed record Document(string Id, string Country, string Zone, IReadOnlyList<string> Languages, string Contact, DateTimeOffset RegisteredAt)
    {
        public static Document Of(ControllerRegistered e) => new(e.Controller, e.Country, e.Zone, e.Languages, e.Contact, e.RegisteredAt);
    }

    public static Decided Decide(Controller? state, Request request, Credential registrar, DateTimeOffset now)
    {
        if (!registrar.Reaches("*"))
            return Decided.Refuse(Problems.Forbidden("Only an operator of all controllers registers new ones."));
        var faults = Faults(request).ToArray();
        if (faults.Length > 0)
            return Decided.Refuse(Problems.Unprocessable("The controller cannot be registered.", faults));
        var registered = new ControllerRegistered(request.Id, request.Country, request.Zone, request.Languages, request.Contact, registrar.Id, now);
        return state is not { Registration: var earlier } ? Decided.Accept(StatusCodes.Status201Created, registered)
            : Says(earlier, request) ? Decided.Accept(StatusCodes.Status201Created)
            : Decided.Refuse(Problems.Conflict("The controller is registered otherwise."));
    }

    private static bool Says(ControllerRegistered e, Request r) =>
        e.Country == r.Country && e.Zone == r.Zone && e.Contact == r.Contact && e.Languages.SequenceEqual(r.Languages, StringComparer.Ordinal);

    private static IEnumerable<ProblemError> Faults(Request request)
    {
        if (!Controller.IsValidId(request.Id))
            yield return new("An id is 1 to 63 lower-case letters, digits and inner hyphens, and no reserved word.", "/id");
        if (request.Country.Length != 2 || !request.Country.All(char.IsAsciiLetterUpper))
            yield return new("A country is two capital letters (ISO 3166-1).", "/country");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(request.Zone, out var zone) || !zone.HasIanaId)
            yield return new("A zone is a name of the IANA time zone database.", "/zone");
        if (request.Languages.Count is 0 or > MaxLanguages || !request.Languages.All(IsLanguage))
            yield return new($"Languages are 1 to {MaxLanguages} language tags (BCP 47).", "/languages");
        if (request.Contact.Trim().Length is 0 or > MaxContactLength || request.Contact.Any(char.IsControl))
            yield return new($"A contact has 1 to {MaxContactLength} characters.", "/contact");
    }

    private static bool IsLanguage(string tag)
    {
        try
        {
            return tag.Length is >= 2 and <= 35 && tag.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && CultureInfo.GetCultureInfo(tag) is not null;
        }
        catch (CultureNotFoundException)
        {
            return false;
        }
    }

    public static async Task<IResult> HandleAsync(HttpContext http, Commands commands, AccessFollower access, TimeProvider time)
    {
        var request = await http.ReadBodyAsync<Request>();
        var registrar = http.Credential();
        return await commands.RunUntilShownAsync(
            access, http.Command(), Controller.Aggregate, request.Id,
            state => Decide(state, request, registrar, time.GetUtcNow()),
            answered => TypedResults.Created((string?)null, Document.Of(answered.State!.Registration)),
            (_, current) => current.Controllers.Contains(request.Id));
    }
}
