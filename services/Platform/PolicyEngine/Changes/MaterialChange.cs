namespace Integritet.Platform.PolicyEngine;

/// <summary>A change after which a consent to a purpose no longer covers what is done: who gave it must be asked again (GDPR art. 4(11), 7: a consent is specific and informed).</summary>
/// <param name="Purpose">The purpose consented to.</param>
/// <param name="Kind">What has changed.</param>
/// <param name="Detail">The change in an English sentence for the officer.</param>
public sealed record MaterialChange(string Purpose, MaterialChangeKind Kind, string Detail);

/// <summary>What a newer version may change about a consent.</summary>
public enum MaterialChangeKind
{
    /// <summary>The purpose is described otherwise: its label in some language, or its DPV term.</summary>
    Description,

    /// <summary>Its legal basis is another, or it rests on consent only now: what was said before was not asked for.</summary>
    Basis,

    /// <summary>The consent opens categories of data that it did not open.</summary>
    Categories,

    /// <summary>It opens the collection from further sources.</summary>
    Sources,

    /// <summary>It lets further kinds of people look at the data.</summary>
    Actors,

    /// <summary>It lets the data go to further kinds of recipient.</summary>
    Recipients,

    /// <summary>It lets something else be done with the data: another operation, or another purpose.</summary>
    Operations,

    /// <summary>Something that had to hold beside the consent need not hold any more.</summary>
    Conditions,

    /// <summary>The versions are too large to be compared; taken for a change.</summary>
    NotCompared,
}
