//! The body of a register request, as it stands on the command line.

use std::path::Path;

use serde_json::Value;

use crate::enrollment::Object;

use super::trouble::Trouble;

/// Reads `text`: a JSON object, or `@` and the file that one is in. None is an
/// empty one.
pub(super) fn read(text: Option<&str>) -> Result<Object, Trouble> {
    match text {
        Some(text) => object(text, "--parameters"),
        None => Ok(Object::new()),
    }
}

/// Reads the text of `option`, likewise.
pub(super) fn object(text: &str, option: &str) -> Result<Object, Trouble> {
    let (text, place) = match text.strip_prefix('@') {
        None => (text.to_owned(), format!("`{option}`")),
        Some(file) => {
            let path = Path::new(file);
            let text = std::fs::read_to_string(path)
                .map_err(|error| Trouble::file("read", path, error))?;
            (text, format!("`{file}`"))
        }
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Trouble::usage(format!(
            "{place} is to be a JSON object, such as `{{\"resource_class\": \"gold\"}}`"
        ))),
        Err(error) => Err(Trouble::usage(format!("{place} is no JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_taken_from_the_option_or_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"driver": "redfish"}"#).unwrap();
        let at_file = format!("@{}", file.path().display());
        for (text, size) in [
            (None, Some(0)),
            (Some("{}"), Some(0)),
            (Some(r#"{"extra": {"a": 1}}"#), Some(1)),
            (Some(at_file.as_str()), Some(1)),
            (Some("@/there/is/no/such/file"), None),
            (Some("[1]"), None),
            (Some("{"), None),
            (Some(""), None),
        ] {
            let read = read(text).ok().map(|object| object.len());
            assert_eq!(read, size, "{text:?}");
        }
    }
}
