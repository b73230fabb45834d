//! What all resources have in common.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, IntoResponses, ToSchema};

/// A page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// How many records at most; there are more where the header `Link` names a next page.
    #[param(minimum = 1, required = false)]
    limit: u32,
    /// The uuid of the last record seen.
    #[param(required = false)]
    marker: String,
    /// The field to sort by.
    #[param(required = false)]
    sort_key: String,
    /// Which way to sort.
    #[param(inline, required = false)]
    sort_dir: Direction,
    /// The fields to show, separated by commas.
    #[param(required = false)]
    fields: String,
    /// Show all fields.
    #[param(inline, required = false)]
    detail: Switch,
}

/// Which way to sort.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Direction {
    Asc,
    Desc,
}

/// A switch of a query: `true`, `1`, `yes` or nothing, `false`, `0` or `no`, in
/// letters of any case.
#[derive(ToSchema)]
#[schema(
    pattern = "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|[01])?$",
    example = "true"
)]
pub(crate) struct Switch(String);

/// An object without fields.
#[derive(ToSchema)]
pub(crate) struct Nothing {}

/// A confirmation that something has been deleted.
#[derive(ToSchema)]
pub(crate) struct Confirmation {
    #[schema(example = "DELETED")]
    code: String,
    detail: String,
    request_id: String,
}

/// Whether the process serves, as oslo.middleware says it.
#[derive(ToSchema)]
pub(crate) struct Health {
    detailed: bool,
    reasons: Vec<String>,
}

/// Whether requests are to be sent here.
#[derive(ToSchema)]
pub(crate) struct Ready {
    ready: bool,
    /// For readers, as all that follows.
    store: Option<String>,
    #[schema(value_type = Option<Object>)]
    hooks: (),
    #[schema(value_type = Option<Object>)]
    servers: (),
}

/// A link.
#[derive(ToSchema)]
pub(crate) struct Link {
    href: String,
    rel: String,
}

/// Which versions of the API there are.
#[derive(ToSchema)]
pub(crate) struct Versions {
    name: String,
    description: String,
    #[schema(value_type = Vec<Object>)]
    versions: Vec<BTreeMap<String, String>>,
}

/// Where the resources of a version are.
#[derive(ToSchema)]
pub(crate) struct Version {
    id: String,
    links: Vec<Link>,
    #[schema(value_type = Vec<Object>)]
    media_types: Vec<BTreeMap<String, String>>,
    nodes: Vec<Link>,
    pod_managers: Vec<Link>,
    hooks: Vec<Link>,
}

/// What a list of `item` looks like: each has the fields that were asked for.
pub(super) fn listed(mut item: RefOr<Schema>) -> RefOr<Schema> {
    if let RefOr::T(Schema::Object(object)) = &mut item {
        object.required.clear();
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
    RefOr::T(ArrayBuilder::new().items(item).into())
}

/// The type that describes a list of another.
macro_rules! list_of {
    ($list:ident, $item:ty) => {
        /// A list of records, each with the fields that were asked for.
        pub(crate) struct $list;

        impl ::utoipa::PartialSchema for $list {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                $crate::api::shapes::common::listed(<$item as ::utoipa::PartialSchema>::schema())
            }
        }

        impl ::utoipa::ToSchema for $list {
            fn schemas(
                schemas: &mut Vec<(
                    String,
                    ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema>,
                )>,
            ) {
                <$item as ::utoipa::ToSchema>::schemas(schemas);
            }
        }
    };
}
pub(super) use list_of;

/// What a text looks like that is one of `names`.
pub(super) fn one_of(
    description: &str,
    names: impl IntoIterator<Item = &'static str>,
) -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(names));
    RefOr::T(text.build().into())
}

/// The type that describes one of the names that the code itself has.
macro_rules! names_of {
    ($name:ident, $description:literal, $names:expr) => {
        #[doc = $description]
        pub(crate) struct $name;

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                $crate::api::shapes::common::one_of($description, $names)
            }
        }

        impl ::utoipa::ToSchema for $name {}
    };
}
pub(super) use names_of;

/// The refusals that any request can meet.
pub(crate) struct Refused;

/// Those of a request that needs the pod manager or Ironic, or changes something.
pub(crate) struct NotDone;

/// Status, when it is, and the codes of the table of causes.
type Refusal = (u16, &'static str, &'static [&'static str]);

const ALL: [Refusal; 8] = [
    (400, "It cannot be understood.", &["bad-request"]),
    (
        401,
        "The caller shows no credentials, or bad ones.",
        &["unauthorized"],
    ),
    (403, "The caller may not do this.", &["forbidden"]),
    (404, "There is no such thing.", &["not-found"]),
    (429, "The caller asks too often.", &["too-many-requests"]),
    (500, "Valence made a mistake.", &["internal"]),
    (
        503,
        "Keystone cannot say who the caller is.",
        &["keystone-unavailable"],
    ),
    (504, "It was not done in time.", &["timeout"]),
];

const FURTHER: [Refusal; 7] = [
    (
        403,
        "The caller may not do this, or a hook says no.",
        &["forbidden", "denied"],
    ),
    (
        409,
        "Something is there already, in progress, or managed by Ironic.",
        &["conflict"],
    ),
    (
        422,
        "What hooks made, or the configuration, breaks a rule.",
        &["invalid-enrollment", "bad-configuration"],
    ),
    (
        500,
        "A hook failed, or Valence made a mistake.",
        &["hook-failed", "internal"],
    ),
    (
        502,
        "The pod manager failed, or Ironic did not get done what it began.",
        &["redfish-failed", "ironic-failed"],
    ),
    (
        503,
        "Ironic or Keystone is away, or a hook says: not now.",
        &["ironic-unavailable", "keystone-unavailable", "deferred"],
    ),
    (
        504,
        "The pod manager, Ironic or all of it was too slow.",
        &["redfish-timeout", "ironic-timeout", "timeout"],
    ),
];

type Responses = BTreeMap<String, RefOr<Response>>;

/// The responses that operations refer to, by their names.
pub(crate) fn refusals() -> impl Iterator<Item = (String, Response)> {
    let of = |kind: &'static str, table: &'static [Refusal]| {
        let one = move |refusal: &Refusal| (name(kind, refusal), response(refusal));
        table.iter().map(one)
    };
    of("Refused", &ALL).chain(of("NotDone", &FURTHER))
}

fn name(kind: &str, (status, ..): &Refusal) -> String {
    format!("{kind}{status}")
}

fn references(kind: &str, table: &[Refusal]) -> Responses {
    let reference = |refusal: &Refusal| {
        let reference = Ref::from_response_name(name(kind, refusal));
        (refusal.0.to_string(), RefOr::Ref(reference))
    };
    table.iter().map(reference).collect()
}

fn response((status, description, codes): &Refusal) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .extensions(Some([("x-codes", json!(codes))].into_iter().collect()))
        .build();
    let mut response = ResponseBuilder::new()
        .description(*description)
        .content("application/problem+json", content);
    let more: &[(&str, &str)] = match status {
        401 => &[("WWW-Authenticate", "What the caller is asked for.")],
        429 | 503 => &[("Retry-After", "After how many seconds to ask again.")],
        _ => &[],
    };
    for (name, description) in more {
        let header = HeaderBuilder::new().description(Some(*description)).build();
        response = response.header(*name, header);
    }
    response.build()
}

impl IntoResponses for Refused {
    fn responses() -> Responses {
        references("Refused", &ALL)
    }
}

impl IntoResponses for NotDone {
    fn responses() -> Responses {
        let mut all = references("Refused", &ALL);
        all.extend(references("NotDone", &FURTHER));
        all
    }
}
