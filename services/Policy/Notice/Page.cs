namespace Integritet.Policy.Notice;

/// <summary>A notice before it is HTML or Markdown: texts without markup.</summary>
/// <param name="Language">ISO 639-1.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Lead">What stands before the first section.</param>
/// <param name="Sections">Its sections.</param>
/// <param name="Footer">What stands last.</param>
/// <param name="Contact">The address for data protection: wherever a text names it, it can be written to.</param>
public sealed record Page(string Language, string Title, IReadOnlyList<string> Lead, IReadOnlyList<Section> Sections, string Footer, string Contact);

/// <summary>A section with its heading.</summary>
public sealed record Section(string Id, string Title, IReadOnlyList<Block> Blocks);

/// <summary>What a section is made of.</summary>
public abstract record Block
{
    private Block() { }

    public sealed record Paragraph(string Text) : Block;

    public sealed record Bullets(IReadOnlyList<string> Items) : Block;

    /// <param name="Headers">One heading per column.</param>
    /// <param name="Rows">Each with as many cells.</param>
    public sealed record Table(IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows) : Block;
}
