//! Templates: text with places to fill.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A text with places in braces, such as `{rack}-u{unit:02}`. A number after a
/// colon is the least width; with a leading zero, zeros are put before, else
/// spaces. `{{` and `}}` stand for the braces themselves.
///
/// It can be a field of your settings: what it cannot read is an error of them.
///
/// ```
/// use valence_hook::text::Template;
/// let name: Template = "{rack}-u{unit:02}".parse().unwrap();
/// let known = |place: &str| match place {
///     "rack" => Some("r12".to_owned()),
///     "unit" => Some("7".to_owned()),
///     _ => None,
/// };
/// assert_eq!(name.fill(known).unwrap(), "r12-u07");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place {
        name: String,
        width: usize,
        zeros: bool,
    },
}

/// What has nothing to be filled in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub String);

impl Template {
    /// The places, in their order.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Place { name, .. } => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// An error if there is a place that is none of `known`.
    pub fn check(&self, known: &[&str]) -> Result<(), String> {
        match self.places().find(|place| !known.contains(place)) {
            None => Ok(()),
            Some(place) => Err(format!(
                "`{self}` has a place `{{{place}}}`; there are {{{}}}",
                known.join("}, {")
            )),
        }
    }

    /// What the places would have to be filled with to give `text`: a place goes
    /// to where what follows it in the template first stands, the last one to the
    /// end. None if `text` is not of this form, or a place would be empty.
    ///
    /// ```
    /// use valence_hook::text::Template;
    /// let name: Template = "{dc}-{rack}-{side}".parse().unwrap();
    /// let read = name.read("fra1-r12-a").unwrap();
    /// assert_eq!(read["rack"], "r12");
    /// assert!(name.read("leaf1").is_none());
    /// ```
    pub fn read(&self, text: &str) -> Option<BTreeMap<&str, String>> {
        let mut found = BTreeMap::new();
        let mut rest = text;
        let mut parts = self.0.iter().peekable();
        while let Some(part) = parts.next() {
            let name = match part {
                Part::Text(text) => {
                    rest = rest.strip_prefix(text.as_str())?;
                    continue;
                }
                Part::Place { name, .. } => name,
            };
            let value = match parts.peek() {
                Some(Part::Text(text)) => rest.split_once(text.as_str())?.0,
                _ => rest,
            };
            if value.is_empty() {
                return None;
            }
            rest = rest.strip_prefix(value)?;
            found.insert(name.as_str(), value.to_owned());
        }
        rest.is_empty().then_some(found)
    }

    /// The text with all places filled.
    pub fn fill(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, Missing> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Place { name, width, zeros } => {
                    let value = value(name).ok_or_else(|| Missing(name.clone()))?;
                    let short = width.saturating_sub(value.chars().count());
                    filled.extend(std::iter::repeat_n(if *zeros { '0' } else { ' ' }, short));
                    filled.push_str(&value);
                }
            }
        }
        Ok(filled)
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' if letters.peek() == Some(&letter) => {
                    letters.next();
                    plain.push(letter);
                }
                '{' => {
                    let rest: String = letters.clone().collect();
                    let (place, _) = rest
                        .split_once('}')
                        .ok_or_else(|| format!("`{text}` has a `{{` without a `}}`"))?;
                    letters.nth(place.chars().count());
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(part(place).ok_or_else(|| {
                        format!("`{text}` has a place `{{{place}}}`, which is not of the form {{name}} or {{name:02}}")
                    })?);
                }
                '}' => return Err(format!("`{text}` has a `}}` without a `{{`")),
                other => plain.push(other),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }
}

/// Wider than any name that Ironic takes.
const WIDEST: usize = 255;

fn part(place: &str) -> Option<Part> {
    let (name, width) = place.split_once(':').unwrap_or((place, "0"));
    let legal = !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_');
    let zeros = width.len() > 1 && width.starts_with('0');
    let width = width.parse().ok().filter(|width| *width <= WIDEST)?;
    legal.then(|| Part::Place {
        name: name.to_owned(),
        width,
        zeros,
    })
}

impl fmt::Display for Template {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.write_str(&text.replace('{', "{{").replace('}', "}}"))?,
                Part::Place { name, width: 0, .. } => write!(out, "{{{name}}}")?,
                Part::Place { name, width, zeros } => {
                    write!(out, "{{{name}:{}{width}}}", if *zeros { "0" } else { "" })?;
                }
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> Result<String, Missing> {
        let template: Template = template.parse().unwrap();
        template.fill(|place| match place {
            "rack" => Some("R1".to_owned()),
            "unit" => Some("7".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn fills_places() {
        for (template, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("{rack}", "R1"),
            ("{rack}-u{unit:02}", "R1-u07"),
            ("{unit:3}|{unit:003}", "  7|007"),
            ("{rack:1}", "R1"),
            ("{{rack}}", "{rack}"),
        ] {
            assert_eq!(filled(template).as_deref(), Ok(expected), "{template}");
        }
        assert_eq!(filled("{rack}-{row}"), Err(Missing("row".into())));
    }

    #[test]
    fn refuses_what_is_no_template() {
        for text in ["{", "{}", "{a b}", "{a:x}", "{a:9999999}", "a}", "{rack"] {
            let parsed = text.parse::<Template>();
            assert!(parsed.is_err(), "{text}: {parsed:?}");
        }
    }

    #[test]
    fn reads_back_what_it_was_filled_with() {
        let read = |template: &str, text: &str| -> Option<Vec<(String, String)>> {
            let template: Template = template.parse().unwrap();
            let found = template.read(text)?;
            Some(found.into_iter().map(|(k, v)| (k.into(), v)).collect())
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        for (template, text, expected) in [
            ("{a}", "x", Some(vec![pair("a", "x")])),
            (
                "r{a}-{b}",
                "r1-2-3",
                Some(vec![pair("a", "1"), pair("b", "2-3")]),
            ),
            ("{a}.x", "1.x", Some(vec![pair("a", "1")])),
            ("plain", "plain", Some(vec![])),
            ("{a}.x", "1.x.x", None),
            ("{a}-{b}", "1", None),
            ("{a}-{b}", "-1", None),
            ("{a}-{b}", "1-", None),
            ("plain", "plains", None),
        ] {
            assert_eq!(read(template, text), expected, "{template} {text}");
        }
    }

    #[test]
    fn prints_as_it_was_written() {
        for text in ["{rack}-u{unit:02}", "a{{b}}c{d:3}"] {
            assert_eq!(text.parse::<Template>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn names_the_places_it_does_not_know() {
        let template: Template = "{rack}-{unti}".parse().unwrap();
        assert_eq!(
            template.check(&["rack", "unit"]).unwrap_err(),
            "`{rack}-{unti}` has a place `{unti}`; there are {rack}, {unit}"
        );
    }
}
