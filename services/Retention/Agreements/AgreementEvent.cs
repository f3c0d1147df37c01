using Integritet.Platform.EventStore;

namespace Integritet.Retention.Agreements;

/// <summary>A customer agreed on how long data held on its behalf is kept (NI-2). A newer agreement decides from then on; the older ones stay in the history.</summary>
/// <param name="AgreementId">Its id.</param>
/// <param name="Customer">The business customer: an id of the caller's.</param>
/// <param name="Categories">What it covers.</param>
/// <param name="KeepFor">ISO 8601 period, counted from recording.</param>
/// <param name="AgreedAt">When it was made.</param>
/// <param name="Reference">The caller's record of it.</param>
[StoredEvent("retention-agreed.v1")]
public sealed record RetentionAgreed(Guid AgreementId, string Customer, IReadOnlyList<string> Categories, string KeepFor, DateTimeOffset AgreedAt, string Reference);
