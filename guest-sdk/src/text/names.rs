//! Names that Ironic takes.

/// Makes a node name of any text: what Ironic does not take (anything but ASCII
/// letters, digits, `-`, `.`, `_` and `~`) becomes a single `-`, and none begins
/// or ends with one. Empty where nothing is left.
///
/// ```
/// # use valence_hook::text::legal_name;
/// assert_eq!(legal_name("Dell Inc._AN3Z23A"), "Dell-Inc._AN3Z23A");
/// ```
pub fn legal_name(text: &str) -> String {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
    let replaced: String = text
        .chars()
        .map(|letter| if legal(letter) { letter } else { '-' })
        .collect();
    let words: Vec<_> = replaced
        .split('-')
        .filter(|word| !word.is_empty())
        .collect();
    let mut name = words.join("-");
    name.truncate(255);
    name.trim_end_matches('-').to_owned()
}

/// Makes a trait of any text: `CUSTOM_`, then the text in upper case, with `_`
/// for what a trait cannot hold.
///
/// ```
/// # use valence_hook::text::custom_trait;
/// assert_eq!(custom_trait("Supermicro SYS-421GE-TNHR+"), "CUSTOM_SUPERMICRO_SYS_421GE_TNHR");
/// ```
pub fn custom_trait(text: &str) -> String {
    let upper = text.to_uppercase();
    let words: Vec<_> = upper
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "CUSTOM")
        .collect();
    format!("CUSTOM_{}", words.join("_"))
        .chars()
        .take(255)
        .collect()
}

/// A manufacturer by its usual short name, without its legal form, so that one
/// vendor has one name: `Dell`, `HPE`, `Lenovo`, `Supermicro`, …
///
/// ```
/// # use valence_hook::text::vendor;
/// assert_eq!(vendor("Dell Inc."), "Dell");
/// assert_eq!(vendor("Hewlett Packard Enterprise"), "HPE");
/// ```
pub fn vendor(manufacturer: &str) -> String {
    const SHORT: [(&str, &str); 9] = [
        ("dell*", "Dell"),
        ("hpe*", "HPE"),
        ("hp", "HPE"),
        ("hp inc*", "HPE"),
        ("hewlett*packard*", "HPE"),
        ("super*micro*", "Supermicro"),
        ("ami", "AMI"),
        ("american megatrends*", "AMI"),
        ("cray*", "Cray"),
    ];
    const FORMS: [&str; 10] = [
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "limited",
        "llc",
        "gmbh",
    ];
    let name = manufacturer.trim();
    if let Some((_, short)) = SHORT.iter().find(|(glob, _)| super::matches(glob, name)) {
        return (*short).to_owned();
    }
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let is_form = |word: &&str| {
        let bare = word.trim_matches(['.', ',', '(', ')']).to_lowercase();
        FORMS.contains(&bare.as_str())
    };
    while words.len() > 1 && words.last().is_some_and(is_form) {
        words.pop();
    }
    words.join(" ").trim_end_matches(',').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_legal() {
        for (text, name) in [
            ("r12-u07", "r12-u07"),
            (" Rack 12 / Unit 7 ", "Rack-12-Unit-7"),
            ("größe", "gr-e"),
            ("--a--", "a"),
            ("///", ""),
        ] {
            assert_eq!(legal_name(text), name, "{text}");
        }
        assert_eq!(legal_name(&"x".repeat(300)).len(), 255);
        assert_eq!(legal_name(&format!("{} y", "x".repeat(254))).len(), 254);
    }

    #[test]
    fn traits_are_legal() {
        for (text, name) in [
            ("CUSTOM_RACK_R12", "CUSTOM_RACK_R12"),
            ("gpu: A100-SXM4 (80 GB)", "CUSTOM_GPU_A100_SXM4_80_GB"),
        ] {
            assert_eq!(custom_trait(text), name, "{text}");
        }
    }

    #[test]
    fn one_vendor_has_one_name() {
        for (manufacturer, name) in [
            ("DELL EMC", "Dell"),
            ("HP", "HPE"),
            ("Super Micro Computer, Inc.", "Supermicro"),
            ("Lenovo", "Lenovo"),
            ("Contoso Computing Co., Ltd.", "Contoso Computing"),
            ("Inc.", "Inc."),
        ] {
            assert_eq!(vendor(manufacturer), name, "{manufacturer}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_a_legal_name(text in ".{0,300}") {
            let name = legal_name(&text);
            proptest::prop_assert!(name.len() <= 255);
            proptest::prop_assert_eq!(legal_name(&name), name.clone());
            proptest::prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
        }
    }
}
