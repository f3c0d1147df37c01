namespace Integritet.PolicyEngine.Tests;

/// <summary>A small sound policy to vary.</summary>
internal static class Small
{
    public const string Policy = """
        policy-language: 1
        controller:
          id: small
          name: Small
          country: SE
          zone: Europe/Stockholm
          languages: [en]
          contact: privacy@small.example
        publication:
          notice-period: P0D
        clauses:
          TT-1:
            en: Little is done.
          TT-2:
            en: Some of it needs consent.
          TT-3:
            en: Cards are nowhere.
        categories:
          email: {label: {en: e-mail}}
          name: {label: {en: name}}
          card: {label: {en: card}}
          log: {label: {en: log}}
        purposes:
          support: {basis: contract, label: {en: support}}
          news: {basis: consent, label: {en: news}, direct-marketing: true}
        sources: {order: {en: order}}
        systems:
          crm: {encrypted: true, label: {en: customers}}
        use:
          otherwise: TT-1
          refuse:
            - {clause: TT-3, categories: card, code: category-forbidden}
          allow:
            - {clause: TT-1, categories: [email], purposes: [support]}
            - {clause: TT-2, categories: {except: card}, purposes: news, needs: [consent]}
        store:
          otherwise: TT-1
          keep:
            - {clause: TT-1, categories: log, until: {after: P28D}}
        """;

    public static int LineOf(string text) => Policy.Split('\n').ToList().FindIndex(line => line.Contains(text, StringComparison.Ordinal)) + 1;
}
