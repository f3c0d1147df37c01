using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Checks a question's names against the policy and gives them their ids.</summary>
internal sealed class Resolver(Names categories, Names purposes, Names sources)
{
    private static readonly Names Actors = new(Vocabulary.Actors);
    private static readonly Names Recipients = new(Vocabulary.Recipients);

    public bool TryResolve(Asked asked, out Question question, out ImmutableArray<QuestionProblem> problems)
    {
        List<QuestionProblem>? found = null;
        var ids = ResolveCategories(asked.Categories, "/categories", ref found);
        question = new Question(asked, ids)
        {
            AllCategories = AsGiven(asked.Categories, ids),
            Purpose = asked.Purpose is null ? Question.None : IdOf(purposes, asked.Purpose, "purpose", "/purpose", ref found),
            Source = SourceOf(asked),
            Actor = asked.Actor is null ? Question.None : IdOf(Actors, asked.Actor, "kind of actor", "/actor/kind", ref found),
            Recipient = asked.Recipient is null ? Question.None : IdOf(Recipients, asked.Recipient, "kind of recipient", "/recipient", ref found),
            Country = CountryOf(asked.Country, "/context/country", ref found),
            Destination = CountryOf(asked.Destination, "/context/destination", ref found),
            NetworkAllows = asked.NetworkAllows.Count == 0
                ? default
                : IdSet.Of(ResolveCategories(asked.NetworkAllows, "/context/networkAllows", ref found), except: false, categories.Count, absent: false),
        };
        CheckRest(asked, ref found);
        problems = found is null ? [] : [.. found];
        return found is null;
    }

    private int[] ResolveCategories(IReadOnlyList<string> names, string pointer, ref List<QuestionProblem>? problems)
    {
        var ids = new int[names.Count];
        var count = 0;
        for (var i = 0; i < names.Count; i++)
        {
            if (!categories.TryIdOf(names[i], out var id))
                (problems ??= []).Add(Unknown("category", names[i], $"{pointer}/{i}", categories.All));
            else if (!ids.AsSpan(0, count).Contains(id))
                ids[count++] = id;
        }
        return count == ids.Length ? ids : ids[..count];
    }

    /// <summary>The names as given, kept for the answer where none is said twice.</summary>
    private static ImmutableArray<string> AsGiven(IReadOnlyList<string> names, int[] ids) => names.Count == ids.Length ? [.. names] : [];

    private static int IdOf(Names names, string name, string what, string pointer, ref List<QuestionProblem>? problems)
    {
        if (names.TryIdOf(name, out var id))
            return id;
        (problems ??= []).Add(Unknown(what, name, pointer, names.All));
        return Question.None;
    }

    private int SourceOf(Asked asked)
    {
        if (asked.Source is null)
            return Question.None;
        return sources.TryIdOf(asked.Source, out var id) ? id : Question.NotListed;
    }

    private static int CountryOf(string? code, string pointer, ref List<QuestionProblem>? problems)
    {
        if (code is null)
            return Question.None;
        if (Countries.Has(code))
            return Countries.IdOf(code);
        (problems ??= []).Add(new QuestionProblem(pointer, $"'{code}' is no country code of ISO 3166-1 alpha-2, such as SE."));
        return Question.None;
    }

    private static void CheckRest(Asked asked, ref List<QuestionProblem>? problems)
    {
        if (asked.Categories.Count == 0 && asked.Operation is (Operation.Collect or Operation.Use))
            (problems ??= []).Add(new QuestionProblem("/categories", "Name at least one category."));
        if (asked.Operation == Operation.Use && asked.Purpose is null)
            (problems ??= []).Add(new QuestionProblem("/purpose", "A use has a purpose."));
        if (asked.Operation == Operation.Notify && asked.Direction == Direction.None)
            (problems ??= []).Add(new QuestionProblem("/context/to", "A message goes to somebody, or comes from somebody (from)."));
        CheckName(Vocabulary.Exceptions, asked.Exception, "ground of an exception", "/exception/ground", ref problems);
        CheckName(Vocabulary.Grounds, asked.Ground, "ground", "/ground", ref problems);
        CheckName(Vocabulary.Breaches, asked.Breach, "breach", "/breach", ref problems);
        CheckName(Vocabulary.Instruments, asked.Instrument?.Type, "type of instrument", "/instrument/type", ref problems);
        CheckName(Vocabulary.Issuers, asked.Instrument?.IssuerRole, "role of an issuer", "/instrument/issuer/role", ref problems);
        CountryOf(asked.Instrument?.Jurisdiction, "/instrument/jurisdiction", ref problems);
        for (var i = 0; i < asked.Attributes.Count; i++)
            CheckName(Vocabulary.Attributes, asked.Attributes[i], "attribute", $"/attributes/{i}", ref problems);
    }

    private static void CheckName(ImmutableArray<string> known, string? name, string what, string pointer, ref List<QuestionProblem>? problems)
    {
        if (name is not null && !known.Contains(name, StringComparer.Ordinal))
            (problems ??= []).Add(Unknown(what, name, pointer, known));
    }

    private static QuestionProblem Unknown(string what, string name, string pointer, IReadOnlyList<string> known) => new(pointer, Suggestion.Unknown(what, name, known));
}
