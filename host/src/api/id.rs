//! The `{ID}` of a path: a uuid or a name.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::problem::Refusal;

/// Names are shorter than this; longer ones need not be looked up.
const LONGEST: usize = 255;

/// A uuid or a name, out of the path.
pub(super) struct Id(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::bad_request("the path is no UTF-8 text"))?;
        if id.chars().count() > LONGEST {
            return Err(Refusal::not_found(format!(
                "no name is longer than {LONGEST} characters"
            )));
        }
        Ok(Self(id))
    }
}
