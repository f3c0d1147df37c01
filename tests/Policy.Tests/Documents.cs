namespace Integritet.Policy.Tests;

/// <summary>Policies of the controller <c>small</c>.</summary>
internal static class Documents
{
    public static string Small(string notice = "P0D", string label = "support", string expect = "permit", string controller = "small") => $$$"""
        policy-language: 1
        controller:
          id: {{{controller}}}
          name: Small
          country: SE
          zone: Europe/Stockholm
          languages: [en]
          contact: privacy@small.example
        publication:
          notice-period: {{{notice}}}
        clauses:
          TT-1:
            en: E-mail serves support, and nothing else.
        categories:
          email: {label: {en: e-mail}}
        purposes:
          support: {basis: contract, label: {en: {{{label}}}}}
        sources: {order: {en: order}}
        collect:
          otherwise: TT-1
          allow:
            - {clause: TT-1, categories: email, sources: order}
        use:
          otherwise: TT-1
          allow:
            - {clause: TT-1, categories: email, purposes: support}
        store:
          otherwise: TT-1
          keep:
            - {clause: TT-1, categories: email, until: purposes-ended, review: P1Y}
        examples:
          - says: E-mail serves support.
            ask: {operation: use, purpose: support, categories: email}
            expect: {outcome: {{{expect}}}, rule: TT-1}
        """;
}
