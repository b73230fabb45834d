//! The body of a register request, as it stands on the command line.

use std::path::Path;

use crate::enrollment::Object;

use super::trouble::Trouble;

/// Reads `text`: a JSON object, or `@` and the file that one is in. None is an
/// empty one.
pub(super) fn read(text: Option<&str>) -> Result<Object, Trouble> {
    let Some(text) = text else {
        return Ok(Object::new());
    };
    let (text, place) = match text.strip_prefix('@') {
        None => (text.to_owned(), "`--parameters`".to_owned()),
        Some(file) => {
            let path = Path::new(file);
            let text = std::fs::read_to_string(path)
                .map_err(|error| Trouble::file("read", path, error))?;
            (text, format!("`{file}`"))
        }
    };
    let mut reader = serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(&mut reader)
        .and_then(|object| {
            reader.end().map_err(|error| {
                let start = serde_path_to_error::Track::new().path();
                serde_path_to_error::Error::new(start, error)
            })?;
            Ok(object)
        })
        .map_err(|error| {
            Trouble::usage(format!("{place} is to be a JSON object: {}", error.inner()))
        })
}
