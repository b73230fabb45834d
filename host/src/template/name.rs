//! What a hook may be called.

/// The longest name.
const LONGEST: usize = 64;

/// Why a hook cannot be called so.
#[derive(Debug, thiserror::Error)]
#[error(
    "a hook cannot be called `{0}`: its name has up to {LONGEST} lower-case letters, digits and `-`, \
     and begins with a letter, as in `site-naming`"
)]
pub struct NameError(pub String);

/// Whether `name` is one that files, packages and the configuration take.
///
/// # Errors
/// If it is not.
pub fn check(name: &str) -> Result<(), NameError> {
    let legal = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
    let fine = name.len() <= LONGEST
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(legal);
    match fine {
        true => Ok(()),
        false => Err(NameError(name.to_owned())),
    }
}
