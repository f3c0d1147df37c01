using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Integritet.Platform.PolicyEngine;

namespace Integritet.PolicyEngine.Tests;

/// <summary>Properties that hold for any input and any policy.</summary>
public sealed class BadInputTests
{
    public static TheoryData<string> Controllers => new(Policies.Controllers);

    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(2_000);

    [Fact]
    public void No_bytes_make_the_parser_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => IsTold(PolicyParser.Parse(bytes))).Check(Thorough);

    [Fact]
    public void No_text_makes_the_parser_throw() =>
        Prop.ForAll(Gen.Elements(Fragments).ListOf().Select(string.Concat).ToArbitrary(), text => IsTold(PolicyParser.Parse(Encoding.UTF8.GetBytes(text)))).Check(Thorough);

    [Fact]
    public void No_slip_in_a_shipped_policy_makes_the_parser_throw()
    {
        var text = Encoding.UTF8.GetString(Policies.Bytes("almena"));
        var slips = from at in Gen.Choose(0, text.Length - 1)
                    from gone in Gen.Choose(0, 30)
                    from put in Gen.Elements(Fragments)
                    select string.Concat(text.AsSpan(0, at), put, text.AsSpan(Math.Min(text.Length, at + gone)));
        Prop.ForAll(slips.ToArbitrary(), slipped => IsTold(PolicyParser.Parse(Encoding.UTF8.GetBytes(slipped)))).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory, MemberData(nameof(Controllers))]
    public void A_rule_about_something_else_never_changes_an_answer(string controller)
    {
        var plain = Policies.Compiled(controller);
        var extended = WithUnrelatedRules(plain.Document);
        Prop.ForAll(Questions(plain).ToArbitrary(), asked => SameAnswer(plain, extended, asked)).Check(Thorough);
    }

    [Theory, MemberData(nameof(Controllers))]
    public void One_more_refusal_never_permits_more(string controller)
    {
        var plain = Policies.Compiled(controller);
        var cases = from asked in Questions(plain)
                    from refusal in Refusals(plain.Document)
                    select (asked, refusal);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var stricter = CompiledPolicy.Compile(Refusing(plain.Document, given.asked.Question.Operation, given.refusal));
            var before = Decide(plain, given.asked);
            var after = Decide(stricter, given.asked);
            return (!after.Allowed || before.Allowed) && after.PermittedCategories.All(before.PermittedCategories.Contains);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory, MemberData(nameof(Controllers))]
    public void A_refusal_that_nothing_lifts_beats_every_allowance(string controller)
    {
        var plain = Policies.Compiled(controller);
        Prop.ForAll(Questions(plain).ToArbitrary(), asked =>
        {
            var category = asked.Question.Categories[0];
            var refusal = new RefuseRule("LAW-5", new Scope { Categories = new NameSet([category], Except: false) }, ReasonCode.CategoryForbidden, [], WhenMissing.Refuse, LocalText.Empty);
            var after = Decide(CompiledPolicy.Compile(Refusing(plain.Document, asked.Question.Operation, refusal)), asked);
            return !after.PermittedCategories.Contains(category) && (!after.Allowed || asked.Question.Operation == Operation.Disclose);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public void The_order_of_categories_never_changes_an_answer() =>
        Prop.ForAll(Questions(Policies.Compiled("almena")).ToArbitrary(), asked =>
        {
            var policy = Policies.Compiled("almena");
            var reversed = asked with { Question = asked.Question with { Categories = [.. asked.Question.Categories.Reverse()] } };
            var (one, other) = (Decide(policy, asked), Decide(policy, reversed));
            return one.Outcome == other.Outcome && one.PermittedCategories.ToHashSet().SetEquals(other.PermittedCategories);
        }).Check(Thorough);

    [Theory, MemberData(nameof(Controllers))]
    public void A_fact_that_was_not_asked_for_never_changes_an_answer(string controller)
    {
        var policy = Policies.Compiled(controller);
        Prop.ForAll(Questions(policy).ToArbitrary(), asked =>
        {
            Assert.True(policy.TryResolve(asked.Question, out var question, out _));
            var needed = policy.FactsNeeded(question);
            return SameAnswer(policy.Decide(question, asked.Facts), policy.Decide(question, Only(asked.Facts, needed)));
        }).Check(Thorough);
    }

    internal sealed record AskedOn(Asked Question, Facts Facts);

    private static readonly string[] Fragments =
    [
        "a", "b: ", ":", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ",", "&a ", "*a", "!!x ", "|", ">", "\"", "'", "\\", "\\U", "\\x", "#", "---", "...", "%YAML 9.9", "?", "\t", "\0", "\uFEFF", "\u2028", "é",
        "policy-language: 1\n", "controller:", "clauses:", "categories:", "when:", "needs:", "all:", "P1D", "P-1D", "99999999999999999999", "1e999", "null", "~", "true", "<<: ", "=", "@", "`", "😀",
    ];

    private static bool IsTold(PolicyParseResult result) => result switch
    {
        PolicyParseResult.Parsed => true,
        PolicyParseResult.Faulty faulty => faulty.Problems.Length is > 0 and <= PolicyParser.MaxProblems && faulty.Problems.All(p => p is { Line: > 0, Column: > 0, Message.Length: > 0 }),
        _ => false,
    };

    private static Gen<AskedOn> Questions(CompiledPolicy policy)
    {
        var document = policy.Document;
        string[] purposes = [.. document.Purposes.Keys];
        var states = Gen.Elements(Enum.GetValues<ConsentState>());
        var when = Gen.Choose(0, 5).Select(day => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day));
        var consents = (from purpose in Gen.Elements(purposes) from state in states from at in when select new ConsentFact(purpose, state, at)).ListOf().Select(all => all.DistinctBy(c => c.Purpose).ToList());
        return from operation in Gen.Elements(Enum.GetValues<Operation>())
               from purpose in Gen.Elements(purposes)
               from categories in Gen.SubListOf(document.Categories.Keys.ToArray()).Where(c => c.Count > 0)
               from source in Gen.Elements([.. document.Sources.Keys, "elsewhere"])
               from actor in Gen.Elements<string>([.. Vocabulary.Actors])
               from flags in Gen.Choose(0, 63)
               from country in Gen.Elements("SE", "NO", "US", null)
               from given in consents
               from objected in (from p in Gen.Elements(purposes) from at in when select new ObjectionFact(p, at)).ListOf().Select(all => all.DistinctBy(o => o.Purpose).ToList())
               from restricted in when.ListOf().Select(all => all.Take(1).Select(at => new RestrictionFact([], at)).ToList())
               select new AskedOn(
                   new Asked
                   {
                       Operation = operation, Purpose = purpose, Categories = [.. categories], Source = source, Actor = actor, SubjectNamed = (flags & 1) != 0, Encrypted = (flags & 2) != 0,
                       Anonymised = (flags & 4) != 0, CustomerControlled = (flags & 24) == 24, AboutAuthorisedUser = (flags & 32) != 0, Country = country, Destination = country, Direction = Direction.Outgoing,
                   },
                   new Facts
                   {
                       Consents = given, Objections = objected, Restrictions = restricted, Relations = (flags & 16) != 0 ? ["primary"] : [], AccessRights = [.. categories.Skip(flags & 1)],
                       Safeguard = (flags & 8) != 0 ? "adequacy-decision" : null,
                   });
    }

    private static Gen<RefuseRule> Refusals(PolicyDocument document) =>
        from categories in Gen.SubListOf(document.Categories.Keys.ToArray())
        from purposes in Gen.SubListOf(document.Purposes.Keys.ToArray())
        from except in Gen.Elements(true, false)
        from unless in Gen.Elements<Condition[]>([], [new Condition.Encrypted()], [new Condition.Consent(null, ConsentAfter.Anything)])
        select new RefuseRule(
            "AL-5", new Scope { Categories = new NameSet([.. categories], except), Purposes = new NameSet([.. purposes], !except) }, ReasonCode.CategoryForbidden, [.. unless], WhenMissing.Refuse, LocalText.Empty);

    private static PolicyDocument Refusing(PolicyDocument document, Operation operation, RefuseRule refusal) => document with
    {
        Blocks = document.Blocks.TryGetValue(operation, out var block) ? document.Blocks.SetItem(operation, block with { Refuse = block.Refuse.Add(refusal) }) : document.Blocks,
    };

    /// <summary>The same policy with a category more, and rules about that alone in every block.</summary>
    private static CompiledPolicy WithUnrelatedRules(PolicyDocument document)
    {
        var unrelated = new Scope { Categories = new NameSet(["unrelated"], Except: false) };
        var blocks = document.Blocks;
        foreach (var (operation, block) in document.Blocks)
        {
            blocks = blocks.SetItem(operation, block with
            {
                Allow = block.Allow.Insert(0, new AllowRule("AL-2", unrelated, [], null, WhenMissing.Refuse)),
                Refuse = block.Refuse.Insert(0, new RefuseRule("AL-5", unrelated, ReasonCode.CategoryForbidden, [], WhenMissing.Refuse, LocalText.Empty)),
            });
        }
        return CompiledPolicy.Compile(document with { Categories = document.Categories.Add("unrelated", new Category(LocalText.Empty, null)), Blocks = blocks });
    }

    private static Decision Decide(CompiledPolicy policy, AskedOn asked)
    {
        Assert.True(policy.TryResolve(asked.Question, out var question, out var problems), string.Join(' ', problems));
        return policy.Decide(question, asked.Facts);
    }

    private static bool SameAnswer(CompiledPolicy one, CompiledPolicy other, AskedOn asked) => SameAnswer(Decide(one, asked), Decide(other, asked));

    private static bool SameAnswer(Decision one, Decision other) =>
        one.Outcome == other.Outcome && one.Rules.SequenceEqual(other.Rules) && one.Reasons.SequenceEqual(other.Reasons) && one.PermittedCategories.SequenceEqual(other.PermittedCategories);

    private static Facts Only(Facts facts, RequiredFacts needed) => new()
    {
        Consents = needed.Needs(FactKinds.Consents) ? [.. facts.Consents.Where(c => needed.ConsentPurposes.Contains(c.Purpose))] : [],
        Objections = needed.Needs(FactKinds.Objections) ? facts.Objections : [],
        Restrictions = needed.Needs(FactKinds.Restrictions) ? facts.Restrictions : [],
        Relations = needed.Needs(FactKinds.Relations) ? facts.Relations : [],
        AccessRights = needed.Needs(FactKinds.AccessRights) ? facts.AccessRights : [],
        Safeguard = needed.Needs(FactKinds.Safeguards) ? facts.Safeguard : null,
    };
}
