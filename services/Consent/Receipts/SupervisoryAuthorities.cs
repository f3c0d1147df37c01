using System.Collections.Frozen;

namespace Integritet.Consent.Receipts;

/// <summary>The data protection authority to which a person can complain, by the controller's country.</summary>
internal static class SupervisoryAuthorities
{
    private static readonly FrozenDictionary<string, (string Name, string Url)> ByCountry = new Dictionary<string, (string, string)>(StringComparer.Ordinal)
    {
        ["AT"] = ("Datenschutzbehörde", "https://www.dsb.gv.at"),
        ["BE"] = ("Autorité de protection des données / Gegevensbeschermingsautoriteit", "https://www.dataprotectionauthority.be"),
        ["BG"] = ("Комисия за защита на личните данни", "https://www.cpdp.bg"),
        ["CH"] = ("Eidgenössischer Datenschutz- und Öffentlichkeitsbeauftragter", "https://www.edoeb.admin.ch"),
        ["CY"] = ("Office of the Commissioner for Personal Data Protection", "https://www.dataprotection.gov.cy"),
        ["CZ"] = ("Úřad pro ochranu osobních údajů", "https://www.uoou.cz"),
        ["DE"] = ("Die Bundesbeauftragte für den Datenschutz und die Informationsfreiheit", "https://www.bfdi.bund.de"),
        ["DK"] = ("Datatilsynet", "https://www.datatilsynet.dk"),
        ["EE"] = ("Andmekaitse Inspektsioon", "https://www.aki.ee"),
        ["ES"] = ("Agencia Española de Protección de Datos", "https://www.aepd.es"),
        ["FI"] = ("Tietosuojavaltuutetun toimisto", "https://tietosuoja.fi"),
        ["FR"] = ("Commission nationale de l'informatique et des libertés", "https://www.cnil.fr"),
        ["GB"] = ("Information Commissioner's Office", "https://ico.org.uk"),
        ["GR"] = ("Hellenic Data Protection Authority", "https://www.dpa.gr"),
        ["HR"] = ("Agencija za zaštitu osobnih podataka", "https://azop.hr"),
        ["HU"] = ("Nemzeti Adatvédelmi és Információszabadság Hatóság", "https://www.naih.hu"),
        ["IE"] = ("Data Protection Commission", "https://www.dataprotection.ie"),
        ["IS"] = ("Persónuvernd", "https://www.personuvernd.is"),
        ["IT"] = ("Garante per la protezione dei dati personali", "https://www.garanteprivacy.it"),
        ["LI"] = ("Datenschutzstelle", "https://www.datenschutzstelle.li"),
        ["LT"] = ("Valstybinė duomenų apsaugos inspekcija", "https://vdai.lrv.lt"),
        ["LU"] = ("Commission nationale pour la protection des données", "https://cnpd.public.lu"),
        ["LV"] = ("Datu valsts inspekcija", "https://www.dvi.gov.lv"),
        ["MT"] = ("Office of the Information and Data Protection Commissioner", "https://idpc.org.mt"),
        ["NL"] = ("Autoriteit Persoonsgegevens", "https://www.autoriteitpersoonsgegevens.nl"),
        ["NO"] = ("Datatilsynet", "https://www.datatilsynet.no"),
        ["PA"] = ("Autoridad Nacional de Transparencia y Acceso a la Información", "https://www.antai.gob.pa"),
        ["PL"] = ("Urząd Ochrony Danych Osobowych", "https://uodo.gov.pl"),
        ["PT"] = ("Comissão Nacional de Proteção de Dados", "https://www.cnpd.pt"),
        ["RO"] = ("Autoritatea Națională de Supraveghere a Prelucrării Datelor cu Caracter Personal", "https://www.dataprotection.ro"),
        ["SE"] = ("Integritetsskyddsmyndigheten", "https://www.imy.se"),
        ["SI"] = ("Informacijski pooblaščenec", "https://www.ip-rs.si"),
        ["SK"] = ("Úrad na ochranu osobných údajov Slovenskej republiky", "https://dataprotection.gov.sk"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Name and address on the web; for a country not listed, what to look for.</summary>
    public static (string Name, string Url) Of(string country) =>
        ByCountry.TryGetValue(country, out var authority) ? authority : ($"The data protection authority of {country}", "https://globalprivacyassembly.org/participation-in-the-assembly/list-of-accredited-members/");
}
