//! Enums with names: one list serves tables, the command line and error texts.
//!
//! Comes in: an enum and its names. Goes out: `as_str`, `ALL`, `NAMES` and [`std::str::FromStr`]. Decides nothing.

/// Gives a field-less enum its names: `named!(Adjust, "adjustment", None => "none", ...)`.
macro_rules! named {
    ($type:ident, $what:literal, $($variant:ident => $name:literal),* $(,)?) => {
        impl $type {
            /// All of them, in the order of the command line's help.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The name in tables and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::error::Error;

            fn from_str(text: &str) -> $crate::error::Result<Self> {
                match text {
                    $($name => Ok(Self::$variant),)*
                    _ => Err($crate::error::Error::argument(format!(
                        "no {} '{text}'; expected one of {}", $what, $crate::error::listed(Self::NAMES)
                    ))),
                }
            }
        }
    };
}

/// As [`named!`], and the enum may stand in a table's row, as text.
macro_rules! named_cell {
    ($type:ident, $what:literal, $($variant:ident => $name:literal),* $(,)?) => {
        $crate::named::named!($type, $what, $($variant => $name),*);

        impl $crate::table::Field for $type {
            const KIND: $crate::table::Kind = $crate::table::Kind::Text;
            fn push(&self, values: &mut $crate::table::Values) {
                self.as_str().to_owned().push(values);
            }
            fn take(values: &$crate::table::Values, row: usize) -> Option<Self> {
                values.text(row)?.parse().ok()
            }
        }
    };
}

pub(crate) use {named, named_cell};
