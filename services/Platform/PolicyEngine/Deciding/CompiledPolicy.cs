using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>
/// A policy version made ready to decide: immutable, safe for every thread, no I/O, no clock. The same question on the same facts always gets the same answer.
/// </summary>
public sealed class CompiledPolicy
{
    /// <summary>Version of the rules' meaning, recorded with each decision; it changes when the same policy, question and facts could get another answer.</summary>
    public const int EngineVersion = 1;

    private readonly Names _categories;
    private readonly Names _purposes;
    private readonly Names _sources;
    private readonly CompiledBlock[] _blocks;
    private readonly ImmutableArray<string>[] _purposeAlone;
    private readonly Resolver _resolver;

    private CompiledPolicy(PolicyDocument document)
    {
        Document = document;
        _categories = new Names(document.Categories.Keys);
        _purposes = new Names(document.Purposes.Keys);
        _sources = new Names(document.Sources.Keys);
        _purposeAlone = [.. _purposes.All.Select(ImmutableArray.Create)];
        var compiler = new RuleCompiler(document, _categories, _purposes, _sources);
        _blocks = [.. Enum.GetValues<Operation>().Select(compiler.Compile)];
        _resolver = new Resolver(_categories, _purposes, _sources);
        ConsentPurposes = compiler.ConsentPurposes();
    }

    /// <summary>What it was compiled from.</summary>
    public PolicyDocument Document { get; }

    /// <summary>Purposes for which some rule needs consent: consent to any other is recorded and gates nothing.</summary>
    public IReadOnlySet<string> ConsentPurposes { get; }

    /// <summary>Compiles a document. It cannot fail: <see cref="PolicyParser"/> lets no document through that names something unknown.</summary>
    public static CompiledPolicy Compile(PolicyDocument document) => new(document);

    /// <summary>Turns a question's names into ids; false, with a problem for each, where one is unknown or a needed member is missing (422).</summary>
    public bool TryResolve(Asked asked, out Question question, out ImmutableArray<QuestionProblem> problems) => _resolver.TryResolve(asked, out question, out problems);

    /// <summary>Which facts the rules that may be about the question read.</summary>
    public RequiredFacts FactsNeeded(Question question)
    {
        var needed = new FactCollector(question);
        var block = _blocks[(int)question.Asked.Operation];
        foreach (var category in OrNone(question.Categories))
            foreach (var rule in block.CandidatesFor(question, category))
                if (rule.IsNamedIn(question, category))
                {
                    needed.Add(rule.When);
                    needed.Add(rule.Conditions);
                }
        return needed.ToRequired(_purposes, _purposeAlone);
    }

    /// <summary>Answers a question.</summary>
    public Decision Decide(Question question, Facts facts)
    {
        var block = _blocks[(int)question.Asked.Operation];
        var reasons = ReasonList.Rent();
        var evaluation = new Evaluation(question, facts, reasons);
        foreach (var category in OrNone(question.Categories))
            evaluation.Judge(block, category);
        var decision = evaluation.ToDecision(_categories);
        reasons.Return();
        return decision;
    }

    /// <summary>
    /// The retention rules that are about what a question of <see cref="Operation.Store"/> names, in the document's order, each once: whatever may be stored at all is kept by these.
    /// </summary>
    public ImmutableArray<KeepRule> KeepRules(Question question, Facts facts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(question.Asked.Operation, Operation.Store, nameof(question));
        var block = _blocks[(int)Operation.Store];
        var found = new SortedDictionary<int, KeepRule>();
        foreach (var category in OrNone(question.Categories))
            foreach (var rule in block.CandidatesFor(question, category))
                if (rule.Keep is { } keep && rule.IsAbout(question, facts, category))
                    found[rule.Order] = keep;
        return [.. found.Values];
    }

    /// <summary>
    /// Whether a consent may be recorded so (DV-11, BG-1): a reason for each quality that is not evidenced and each method that is not accepted; none where it may.
    /// </summary>
    public ImmutableArray<Reason> CheckConsent(IEnumerable<string> purposes, string method, IReadOnlyCollection<string> qualities)
    {
        var asked = purposes.ToHashSet(StringComparer.Ordinal);
        var reasons = ImmutableArray.CreateBuilder<Reason>();
        foreach (var rule in Document.Consents)
        {
            if (!rule.Purposes.Any(asked.Contains))
                continue;
            if (!rule.Methods.IsEmpty && !rule.Methods.Contains(method, StringComparer.Ordinal))
                reasons.Add(new Reason(rule.Clause, ReasonCode.ChannelNotAccepted, $"This consent is given by one of: {string.Join(", ", rule.Methods)}."));
            foreach (var quality in rule.Qualities)
                if (!qualities.Contains(quality, StringComparer.Ordinal))
                    reasons.Add(new Reason(rule.Clause, ReasonCode.QualityMissing, $"There is no evidence that the consent was {quality}."));
        }
        return reasons.DrainToImmutable();
    }

    private static readonly int[] NoCategory = [Question.None];

    /// <summary>A question that names no category is judged once, as one about none.</summary>
    private static int[] OrNone(int[] categories) => categories.Length == 0 ? NoCategory : categories;
}
