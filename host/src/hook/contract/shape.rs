//! Functions and types in one form, whether they come from the contract's text or
//! from a component. Names of types are not part of it, for a component need not
//! have them; names of resources are.

use std::fmt;

use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{ResourceType, Type};
use wit_parser::{Handle, Resolve, TypeDefKind, TypeId};

/// A type, gone into down to its primitives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// What has no inside, by its name.
    Plain(String),
    List(Box<Shape>),
    Option(Box<Shape>),
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
    Record(Vec<(String, Shape)>),
    Variant(Vec<(String, Option<Shape>)>),
    Enum(Vec<String>),
    Tuple(Vec<Shape>),
}

/// What a function takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) parameters: Vec<(String, Shape)>,
    pub(super) result: Option<Shape>,
}

/// The resources that a component imports, with their names.
#[derive(Default)]
pub(super) struct Resources(pub(super) Vec<(ResourceType, String)>);

impl Resources {
    fn name(&self, resource: ResourceType) -> &str {
        let known = self.0.iter().find(|(known, _)| *known == resource);
        known.map_or("resource", |(_, name)| name)
    }
}

impl Signature {
    /// Of a function of the contract.
    pub(super) fn ours(resolve: &Resolve, function: &wit_parser::Function) -> Self {
        let parameters = function.params.iter();
        Self {
            parameters: parameters
                .map(|one| (one.name.clone(), Shape::ours(resolve, &one.ty)))
                .collect(),
            result: function.result.map(|ty| Shape::ours(resolve, &ty)),
        }
    }

    /// Of a function of a component.
    pub(super) fn theirs(resources: &Resources, function: &ComponentFunc) -> Self {
        let parameters = function.params();
        Self {
            parameters: parameters
                .map(|(name, ty)| (name.to_owned(), Shape::theirs(resources, &ty)))
                .collect(),
            result: function
                .results()
                .next()
                .map(|ty| Shape::theirs(resources, &ty)),
        }
    }
}

fn plain(name: impl Into<String>) -> Shape {
    Shape::Plain(name.into())
}

impl Shape {
    fn ours(resolve: &Resolve, ty: &wit_parser::Type) -> Self {
        use wit_parser::Type as Wit;
        let deeper = |ty: &Wit| Self::ours(resolve, ty);
        let boxed = |ty: &Wit| Box::new(Self::ours(resolve, ty));
        let id = match ty {
            Wit::Bool => return plain("bool"),
            Wit::U8 => return plain("u8"),
            Wit::U16 => return plain("u16"),
            Wit::U32 => return plain("u32"),
            Wit::U64 => return plain("u64"),
            Wit::S8 => return plain("s8"),
            Wit::S16 => return plain("s16"),
            Wit::S32 => return plain("s32"),
            Wit::S64 => return plain("s64"),
            Wit::F32 => return plain("f32"),
            Wit::F64 => return plain("f64"),
            Wit::Char => return plain("char"),
            Wit::String => return plain("string"),
            Wit::ErrorContext => return plain("error-context"),
            Wit::Id(id) => id,
        };
        let Some(definition) = resolve.types.get(*id) else {
            return plain("unknown");
        };
        match &definition.kind {
            TypeDefKind::Type(ty) => deeper(ty),
            TypeDefKind::List(ty) => Self::List(boxed(ty)),
            TypeDefKind::Option(ty) => Self::Option(boxed(ty)),
            TypeDefKind::Result(both) => {
                Self::Result(both.ok.as_ref().map(boxed), both.err.as_ref().map(boxed))
            }
            TypeDefKind::Record(record) => {
                let all = record.fields.iter();
                Self::Record(
                    all.map(|field| (field.name.clone(), deeper(&field.ty)))
                        .collect(),
                )
            }
            TypeDefKind::Variant(variant) => {
                let all = variant.cases.iter();
                Self::Variant(
                    all.map(|case| (case.name.clone(), case.ty.as_ref().map(deeper)))
                        .collect(),
                )
            }
            TypeDefKind::Enum(names) => {
                Self::Enum(names.cases.iter().map(|case| case.name.clone()).collect())
            }
            TypeDefKind::Tuple(tuple) => Self::Tuple(tuple.types.iter().map(deeper).collect()),
            TypeDefKind::Handle(Handle::Own(id)) => plain(format!("own<{}>", named(resolve, *id))),
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                plain(format!("borrow<{}>", named(resolve, *id)))
            }
            other => plain(other.as_str()),
        }
    }

    fn theirs(resources: &Resources, ty: &Type) -> Self {
        let deeper = |ty: &Type| Self::theirs(resources, ty);
        let boxed = |ty: Type| Box::new(Self::theirs(resources, &ty));
        match ty {
            Type::Bool => plain("bool"),
            Type::U8 => plain("u8"),
            Type::U16 => plain("u16"),
            Type::U32 => plain("u32"),
            Type::U64 => plain("u64"),
            Type::S8 => plain("s8"),
            Type::S16 => plain("s16"),
            Type::S32 => plain("s32"),
            Type::S64 => plain("s64"),
            Type::Float32 => plain("f32"),
            Type::Float64 => plain("f64"),
            Type::Char => plain("char"),
            Type::String => plain("string"),
            Type::ErrorContext => plain("error-context"),
            Type::List(list) => Self::List(boxed(list.ty())),
            Type::Option(option) => Self::Option(boxed(option.ty())),
            Type::Result(both) => Self::Result(both.ok().map(boxed), both.err().map(boxed)),
            Type::Record(record) => Self::Record(
                record
                    .fields()
                    .map(|field| (field.name.to_owned(), deeper(&field.ty)))
                    .collect(),
            ),
            Type::Variant(variant) => Self::Variant(
                variant
                    .cases()
                    .map(|case| (case.name.to_owned(), case.ty.as_ref().map(deeper)))
                    .collect(),
            ),
            Type::Enum(names) => Self::Enum(names.names().map(str::to_owned).collect()),
            Type::Tuple(tuple) => Self::Tuple(tuple.types().map(|ty| deeper(&ty)).collect()),
            Type::Own(resource) => plain(format!("own<{}>", resources.name(*resource))),
            Type::Borrow(resource) => plain(format!("borrow<{}>", resources.name(*resource))),
            Type::Flags(_) => plain("flags"),
            Type::Future(_) => plain("future"),
            Type::Stream(_) => plain("stream"),
            Type::Map(_) => plain("map"),
            Type::FixedLengthList(_) => plain("fixed-length list"),
        }
    }
}

/// The name of the resource `id`, also where it came by a `use`.
fn named(resolve: &Resolve, mut id: TypeId) -> &str {
    while let Some(definition) = resolve.types.get(id) {
        match &definition.kind {
            TypeDefKind::Type(wit_parser::Type::Id(other)) => id = *other,
            _ => return definition.name.as_deref().unwrap_or("resource"),
        }
    }
    "resource"
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<Box<Self>>| match side {
            Some(shape) => shape.to_string(),
            None => "_".into(),
        };
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::List(item) => write!(f, "list<{item}>"),
            Self::Option(some) => write!(f, "option<{some}>"),
            Self::Result(ok, error) => write!(f, "result<{}, {}>", side(ok), side(error)),
            Self::Record(fields) => {
                let fields: Vec<_> = fields.iter().map(field).collect();
                write!(f, "record {{ {} }}", fields.join(", "))
            }
            Self::Variant(cases) => {
                let cases: Vec<_> = cases.iter().map(case).collect();
                write!(f, "variant {{ {} }}", cases.join(", "))
            }
            Self::Enum(names) => write!(f, "enum {{ {} }}", names.join(", ")),
            Self::Tuple(types) => {
                let types: Vec<_> = types.iter().map(ToString::to_string).collect();
                write!(f, "tuple<{}>", types.join(", "))
            }
        }
    }
}

/// A field or a parameter as WIT writes it.
pub(super) fn field((name, shape): &(String, Shape)) -> String {
    format!("{name}: {shape}")
}

/// A case of a variant as WIT writes it.
pub(super) fn case((name, shape): &(String, Option<Shape>)) -> String {
    match shape {
        Some(shape) => format!("{name}({shape})"),
        None => name.clone(),
    }
}
