//! No secret is shown.

use super::*;

#[test]
fn secrets_cannot_be_shown() {
    let text = fs::read_to_string(source().join("secret.rs")).unwrap();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for shown in ["Debug", "Display", "Serialize"] {
            assert!(
                !line.replace("Deserialize", "").contains(shown),
                "secret.rs: `{line}`"
            );
        }
    }
    let mut wrong = Vec::new();
    for (_, path, text) in files() {
        let shown = implemented(&text).chain(derived(&text));
        wrong.extend(shown.map(|shown| format!("{}: `{shown}`", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SHOWS: [&str; 3] = ["Debug", "Display", "Serialize"];

fn is_secret(word: &str) -> bool {
    matches!(word, "Secret" | "Credentials")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The lines that implement for a secret what shows it.
fn implemented(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .filter(|line| {
            line.split_once(" for ").is_some_and(|(what, whose)| {
                let what = words(what).last();
                what.is_some_and(|what| SHOWS.contains(&what))
                    && whose
                        .split(['<', '{', ' '])
                        .find_map(|name| name.rsplit("::").next())
                        .is_some_and(is_secret)
            })
        })
        .map(|line| line.trim().to_owned())
}

/// The types that derive what would show a secret that stands in them.
fn derived(text: &str) -> impl Iterator<Item = String> {
    text.split("#[derive(").skip(1).filter_map(|rest| {
        let (derives, rest) = rest.split_once(")]")?;
        if !words(derives).any(|word| SHOWS.contains(&word)) {
            return None;
        }
        let code: Vec<_> = rest
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.trim_start().starts_with(['/', '#']))
            .skip_while(|line| line.is_empty())
            .collect();
        let head = *code.first()?;
        let indent = head.len() - head.trim_start().len();
        let end = format!("{:indent$}}}", "");
        let within = |line: &&&str| head.ends_with(['{', '<']) && **line != end;
        let mut body = std::iter::once(&head).chain(code.iter().skip(1).take_while(within));
        body.any(|line| words(line).any(is_secret))
            .then(|| head.trim().to_owned())
    })
}

#[test]
fn what_shows_a_secret_is_found() {
    for shown in [
        "impl fmt::Debug for Secret {",
        "impl<'a> Display for crate::secret::Credentials {",
        "impl serde::Serialize for Secret {",
    ] {
        assert_eq!(implemented(shown).count(), 1, "{shown}");
    }
    for fine in [
        "impl<'de> Deserialize<'de> for Secret {",
        "impl Debug for SecretName {",
    ] {
        assert_eq!(implemented(fine).count(), 0, "{fine}");
    }
    let held =
        "#[derive(Clone, Serialize)]\n/// One.\nstruct One {\n    token: Option<Secret>,\n}\n";
    assert_eq!(derived(held).collect::<Vec<_>>(), ["struct One {"]);
    assert_eq!(
        derived("#[derive(Debug)]\nstruct One(Credentials);\n").count(),
        1
    );
    let fine = "#[derive(Debug)]\nstruct One {\n    a: u8,\n}\nstruct Two(Secret);\n";
    assert_eq!(derived(fine).count(), 0);
    assert_eq!(
        derived("#[derive(Deserialize)]\nstruct One(Secret);\n").count(),
        0
    );
}
