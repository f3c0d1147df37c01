using Integritet.Platform.PolicyEngine;
using NodaTime;

namespace Integritet.Policy.Notice;

/// <summary>Makes the public notice out of the rules themselves, so that what is promised and what is enforced cannot part.</summary>
public sealed class NoticeBuilder(PolicyDocument policy, Phrases phrases)
{
    private readonly Wording _say = new(policy, phrases);

    public static Page Build(PolicyDocument policy, string language, int version, DateTimeOffset publishedAt, DateTimeOffset effectiveFrom) =>
        new NoticeBuilder(policy, Notice.Phrases.In(language)).Build(version, publishedAt, effectiveFrom);

    private Page Build(int version, DateTimeOffset publishedAt, DateTimeOffset effectiveFrom)
    {
        var zone = DateTimeZoneProviders.Tzdb[policy.Controller.Zone];
        return new Page(
            phrases.Language,
            phrases.With("title", policy.Controller.Name),
            [policy.Introduction.In(phrases.Language), phrases.With("version", version, phrases.Date(publishedAt, zone), phrases.Date(effectiveFrom, zone))],
            [.. new[] { Who(), Collected(), Used(), Never(), Seen(), Messages(), Abroad(), Kept(), Shared(), Rights(), Told(), Promises() }.OfType<Section>()],
            phrases.With("footer", policy.Hash),
            policy.Controller.Contact);
    }

    private Section Who()
    {
        var blocks = new List<Block> { new Block.Paragraph(phrases.With("who.text", policy.Controller.Name, policy.Controller.Contact)) };
        if (!policy.Controller.Group.IsEmpty)
            blocks.Add(new Block.Paragraph(phrases.With("who.group", phrases.List(policy.Controller.Group.Select(company => company.Name)))));
        return Titled("who", blocks);
    }

    private Section? Collected() => !policy.Blocks.TryGetValue(Operation.Collect, out var block) ? null : Titled(
        "collect", [new Block.Paragraph(phrases["collect.intro"]), Table(["collect.data", "collect.source", "condition", "clause"],
            block.Allow.Select(rule => Row(_say.Categories(rule.Scope.Categories), _say.Sources(rule.Scope.Sources), Conditions(rule), rule.Clause)))]);

    private Section? Used() => !policy.Blocks.TryGetValue(Operation.Use, out var block) ? null : Titled(
        "use", [new Block.Paragraph(phrases["use.intro"]), Table(["use.purpose", "collect.data", "use.basis", "condition", "clause"],
            block.Allow.SelectMany(ByBasis, (rule, of) => Row(_say.Purposes(of.Select(purpose => purpose.Key)), _say.Categories(rule.Scope.Categories), phrases["basis." + Written(of.Key)], Conditions(rule), rule.Clause)))]);

    /// <summary>Every refusal that nothing lifts.</summary>
    private Section? Never()
    {
        var refusals = policy.Always.Select(always => always.Rule).Concat(policy.Blocks.Values.SelectMany(block => block.Refuse))
            .Where(rule => rule.Unless.IsEmpty && rule.Code != ReasonCode.CustomerControlled)
            .Select(SayRefusal).Distinct(StringComparer.Ordinal).ToArray();
        return refusals.Length == 0 ? null : Titled("never", [new Block.Bullets(refusals)]);
    }

    private Section? Seen() => !policy.Blocks.TryGetValue(Operation.Access, out var block) ? null : Titled(
        "access", [Table(["access.actor", "collect.data", "condition", "clause"],
            block.Allow.Select(rule => Row(_say.Actors(rule.Scope.Actors), _say.Categories(rule.Scope.Categories), Conditions(rule, Lifted(block, rule)), rule.Clause)))]);

    /// <summary>Conditions that refusals put on what a rule allows ("never, except").</summary>
    private static IEnumerable<Condition> Lifted(RuleBlock block, AllowRule rule) =>
        block.Refuse.Where(refusal => !refusal.Unless.IsEmpty && refusal.Scope.When.IsEmpty && refusal.Scope.Actors.Names.Intersect(rule.Scope.Actors.Names, StringComparer.Ordinal).Any()).SelectMany(refusal => refusal.Unless);

    private Section? Messages() => !policy.Blocks.TryGetValue(Operation.Notify, out var block) ? null : Titled(
        "notify", [Table(["collect.data", "condition", "clause"], block.Allow.Select(rule => Row(_say.Categories(rule.Scope.Categories), Conditions(rule), rule.Clause)))]);

    private Section? Abroad() => !policy.Blocks.TryGetValue(Operation.Transfer, out var block) ? null : Titled(
        "transfer", [Table(["collect.data", "condition", "clause"], block.Allow.Select(rule => Row(_say.Categories(rule.Scope.Categories), Conditions(rule), rule.Clause)))]);

    private Section? Kept() => policy.Keep.IsEmpty ? null : Titled(
        "keep", [Table(["collect.data", "condition", "keep.how-long", "clause"],
            policy.Keep.Select(rule => Row(_say.Categories(rule.Scope.Categories), _say.Conditions([.. rule.Scope.When, .. rule.Needs]), _say.HowLong(rule), rule.Clause)))]);

    private Section? Shared()
    {
        if (!policy.Blocks.TryGetValue(Operation.Disclose, out var block))
            return null;
        if (block.Allow.IsEmpty)
            return Titled("share", [new Block.Paragraph(phrases["share.none"])]);
        return Titled("share", [new Block.Paragraph(phrases["share.intro"]), Table(["share.recipient", "collect.data", "condition", "clause"],
            block.Allow.Select(rule => Row(_say.Recipients(rule.Scope.Recipients), _say.Categories(rule.Scope.Categories), Execution(rule), rule.Clause)))]);
    }

    private Section Rights()
    {
        var contact = policy.Controller.Contact;
        var blocks = new List<Block> { new Block.Paragraph(phrases.With("rights.how", contact)) };
        if (!policy.Requests.IsEmpty)
            blocks.Add(Table(["rights.what", "rights.within", "rights.channels", "clause"], policy.Requests.Select(request => Right(request.Key, request.Value))));
        var asides = policy.Requests.Values.SelectMany(Asides).Distinct(StringComparer.Ordinal).ToArray();
        if (policy.Clauses.TryGetValue("LAW-7", out var withdrawal))
            blocks.Add(new Block.Paragraph(withdrawal.In(phrases.Language)));
        foreach (var aside in asides)
            blocks.Add(new Block.Paragraph(aside));
        var authority = phrases.Find("authority." + policy.Controller.Country) ?? phrases["authority.other"];
        blocks.Add(new Block.Paragraph(phrases.With("rights.authority", authority)));
        return Titled("rights", blocks);
    }

    private string[] Right(RequestType type, RequestRule rule)
    {
        var what = phrases["request." + Written(type)];
        if (rule.WindowWorkingDays is { } days)
            what += " " + phrases.With("rights.window", days);
        var channels = rule.Channels.IsEmpty ? phrases["rights.any-channel"] : phrases.List(rule.Channels.Select(channel => phrases["channel." + channel]), "or");
        return Row(what, phrases.Period(rule.Within), channels, string.Join(", ", rule.Clauses));
    }

    private IEnumerable<string> Asides(RequestRule rule)
    {
        if (!rule.FeeReasons.IsEmpty)
            yield return phrases.With("rights.fee", phrases.List(rule.FeeReasons.Select(reason => phrases["fee." + reason]), "or"));
        if (!rule.LeaveOut.IsEmpty)
            yield return phrases.With("rights.leave-out", _say.Categories(rule.LeaveOut));
    }

    private Section? Told()
    {
        var occasions = policy.Notices.Where(notice => notice.To == NoticeAudience.Subjects).Select(notice => phrases.Find("told." + Written(notice.On))).OfType<string>().ToArray();
        return occasions.Length == 0 ? null : Titled("told", [new Block.Bullets(occasions)]);
    }

    private Section Promises() => Titled("promises", [Table(["promises.id", "promises.text"], policy.Clauses.OrderBy(clause => Order(clause.Key)).Select(clause => Row(clause.Key, clause.Value.In(phrases.Language))))]);

    /// <summary>The controller's own before the law's, by number.</summary>
    private static (bool IsLaw, int Number, string Id) Order(string clause)
    {
        var number = string.Concat(clause.Where(char.IsAsciiDigit));
        return (clause.StartsWith("LAW-", StringComparison.Ordinal), int.Parse(number, System.Globalization.CultureInfo.InvariantCulture), clause);
    }

    /// <summary>In the rule's own words, or in the clause's.</summary>
    private string SayRefusal(RefuseRule rule) =>
        $"{(rule.Note.ByLanguage.IsEmpty ? policy.Clauses[rule.Clause] : rule.Note).In(phrases.Language)} ({rule.Clause})";

    /// <summary>A rule's purposes by what each rests on. One that rests on consent rests on legitimate interest where a rule does not ask for it.</summary>
    private IEnumerable<IGrouping<LegalBasis, KeyValuePair<string, Purpose>>> ByBasis(AllowRule rule) =>
        Wording.Ordered(rule.Scope.Purposes, policy.Purposes.Keys).Select(name => KeyValuePair.Create(name, policy.Purposes[name]))
            .GroupBy(purpose => purpose.Value.Basis == LegalBasis.Consent && !rule.Needs.OfType<Condition.Consent>().Any() ? LegalBasis.LegitimateInterest : purpose.Value.Basis);

    private string Conditions(AllowRule rule, IEnumerable<Condition>? more = null) => _say.Conditions([.. rule.Scope.When, .. rule.Needs, .. more ?? []]);

    private string Execution(AllowRule rule)
    {
        var execution = _say.Execution(rule.Execute);
        return execution.Length == 0 ? Conditions(rule) : $"{Conditions(rule)}; {execution}";
    }

    private Section Titled(string id, IReadOnlyList<Block> blocks) => new(id, phrases[id + ".title"], blocks);

    private Block.Table Table(IEnumerable<string> headers, IEnumerable<IReadOnlyList<string>> rows) => new([.. headers.Select(header => phrases[header])], [.. rows]);

    private static string[] Row(params string[] cells) => cells;

    private static string Written<T>(T value)
        where T : struct, Enum => string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}
