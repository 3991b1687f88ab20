//! A node as a type of the caller's, without a tree of values between the two.

use super::document::Node;
use super::text::Text;
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde_json::Error;

/// The type of the caller's that a node describes.
///
/// # Errors
/// If it describes none, for whatever reason `T` gives.
pub(super) fn read<T: DeserializeOwned>(node: &Node) -> Result<T, Error> {
    T::deserialize(Typed(node))
}

#[derive(Clone, Copy)]
struct Typed<'a>(&'a Node);

impl<'de> IntoDeserializer<'de, Error> for Typed<'de> {
    type Deserializer = Typed<'de>;
    fn into_deserializer(self) -> Typed<'de> {
        self
    }
}

/// As `serde_json::Value` is read: see <https://serde.rs/json.html>.
impl<'de> Deserializer<'de> for Typed<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Node::Null => visitor.visit_unit(),
            Node::Bool(is) => visitor.visit_bool(*is),
            Node::Number(number) => number.deserialize_any(visitor),
            Node::Text(text) => visitor.visit_borrowed_str(text.as_str()),
            Node::Array(items) => {
                let mut elements = SeqDeserializer::new(items.iter().map(Typed));
                let value = visitor.visit_seq(&mut elements)?;
                elements.end().map(|()| value)
            }
            Node::Object(members) => {
                let member = |(name, node): (&'de Text, &'de Node)| (Name(name.as_str()), Typed(node));
                let mut entries = MapDeserializer::new(members.iter().map(member));
                let value = visitor.visit_map(&mut entries)?;
                entries.end().map(|()| value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Node::Text(text) => visitor.visit_enum(StrDeserializer::new(text.as_str())),
            Node::Object(members) if members.len() == 1 => {
                let member = |(name, node): (&'de Text, &'de Node)| (Name(name.as_str()), Typed(node));
                visitor
                    .visit_enum(MapAccessDeserializer::new(MapDeserializer::new(members.iter().map(member))))
            }
            _ => Err(Error::invalid_type(Unexpected::Other("no variant"), &"a string or one member")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The name of a member: a string, or what is written as one where a type has other names.
#[derive(Clone, Copy)]
struct Name<'a>(&'a str);

impl<'de> IntoDeserializer<'de, Error> for Name<'de> {
    type Deserializer = Name<'de>;
    fn into_deserializer(self) -> Name<'de> {
        self
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_borrowed_str(self.0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }

    parsed! {
        deserialize_bool visit_bool
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32 deserialize_i64 visit_i64
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        StrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Choice {
        Unit,
        One(u8),
        Two(u8, String),
        Named { a: Option<bool> },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapped(Vec<Choice>);

    #[derive(Debug, PartialEq, Deserialize)]
    struct Whole {
        wrapped: Wrapped,
        #[serde(default)]
        absent: Option<String>,
        unit: (),
        pair: (i64, f64),
        map: BTreeMap<String, Value>,
        numbers: BTreeMap<u32, char>,
    }

    /// Both ways give the same, or neither gives anything.
    fn agree<T: DeserializeOwned + PartialEq + Debug>(value: &Value) {
        let directly = read::<T>(&Node::from(value)).ok();
        assert_eq!(directly, serde_json::from_value::<T>(value.clone()).ok(), "{value}");
    }

    #[test]
    fn types_are_read_as_from_a_value() {
        let whole = json!({
            "wrapped": ["unit", {"one": 5}, {"two": [1, "x"]}, {"named": {"a": null}}, {"named": {}}],
            "unit": null, "pair": [-3, 2.5], "map": {"x": [1, {}]}, "numbers": {"7": "c", "12": "d"},
        });
        assert!(read::<Whole>(&Node::from(&whole)).is_ok());
        agree::<Whole>(&whole);
        let values = [
            json!(null),
            json!(true),
            json!(1),
            json!(-1),
            json!(300),
            json!(1.5),
            json!("unit"),
            json!("one"),
            json!("a longer text than lies in place"),
            json!([]),
            json!([1, 2]),
            json!({}),
            json!({"one": 1}),
            json!({"one": 1, "two": 2}),
            json!({"one": null}),
            json!({"unit": null}),
            json!(u64::MAX),
            json!({"a": 1}),
        ];
        for value in &values {
            agree::<Choice>(value);
            agree::<Wrapped>(&json!([value]));
            agree::<u8>(value);
            agree::<i64>(value);
            agree::<f64>(value);
            agree::<String>(value);
            agree::<char>(value);
            agree::<Option<u64>>(value);
            agree::<()>(value);
            agree::<(u8, u8)>(value);
            agree::<Vec<u8>>(value);
            agree::<Value>(value);
            agree::<BTreeMap<String, Option<i32>>>(value);
        }
    }
}
