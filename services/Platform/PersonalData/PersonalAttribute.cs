namespace Integritet.Platform.PersonalData;

/// <summary>
/// Marks a <c>string?</c> member of a stored event (or of a record nested in one) as personal: it is AES-256-GCM ciphertext wherever it rests, and null once its key has been destroyed.
/// The nearest record around it must have a <see cref="DataSubjectAttribute"/> member that tells whose it is.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PersonalAttribute : Attribute;

/// <summary>Marks the <c>string</c> member that holds the pseudonym (<see cref="Pseudonyms.Of"/>) of the person whose personal members this record, and the records nested in it, carry.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class DataSubjectAttribute : Attribute;
