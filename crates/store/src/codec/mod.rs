//! Requests and rows as bytes, and back. The only place that knows both.
//!
//! The form is plain: integers little endian and of fixed width, one byte for the case of an enum,
//! one byte for "some" or "none", nothing between. Every case has a number of its own that is
//! written here and never used again for anything else, so what is in a journal today can be read
//! by every later program. `docs/data/records.md` lists them.
//!
//! Two promises, which `tests` check with every case and with random bytes: whatever was encoded is
//! decoded to the same value; and bytes that are decoded at all are encoded to the same bytes, so
//! there is one form for each value and nothing hides in a record.

mod command;
pub mod fuzz;
mod rows;
#[cfg(test)]
pub(crate) mod tests;
mod values;

pub use command::{decode_request, encode_request, fingerprint};
pub(crate) use rows::{Answered, Row};

use std::fmt;

/// Why bytes could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// The bytes end too early.
    TooShort,
    /// There are bytes left over.
    TooLong,
    /// A byte stands for no case of what should be there.
    NoSuchCase(&'static str),
    /// A value is out of its range.
    OutOfRange(&'static str),
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodecError::TooShort => f.write_str("the bytes end too early"),
            CodecError::TooLong => f.write_str("there are bytes left over"),
            CodecError::NoSuchCase(what) => write!(f, "there is no such {what}"),
            CodecError::OutOfRange(what) => write!(f, "the {what} is out of its range"),
        }
    }
}

impl std::error::Error for CodecError {}

/// Something with one form in bytes.
pub(crate) trait Coded: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn take(input: &mut &[u8]) -> Result<Self, CodecError>;
}

/// So many bytes from the front.
fn take_bytes<const N: usize>(input: &mut &[u8]) -> Result<[u8; N], CodecError> {
    let (bytes, rest) = input.split_first_chunk().ok_or(CodecError::TooShort)?;
    *input = rest;
    Ok(*bytes)
}

/// Decodes all of `bytes`.
pub(crate) fn decode<T: Coded>(mut bytes: &[u8]) -> Result<T, CodecError> {
    let value = T::take(&mut bytes)?;
    if bytes.is_empty() { Ok(value) } else { Err(CodecError::TooLong) }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl Coded for $integer {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
                Ok(Self::from_le_bytes(take_bytes(input)?))
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 i64 u128);

impl<const N: usize> Coded for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        take_bytes(input)
    }
}

impl Coded for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        match take_bytes(input)? {
            [0] => Ok(false),
            [1] => Ok(true),
            [_] => Err(CodecError::NoSuchCase("boolean")),
        }
    }
}

impl<T: Coded> Coded for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn take(input: &mut &[u8]) -> Result<Self, CodecError> {
        if bool::take(input)? { Ok(Some(T::take(input)?)) } else { Ok(None) }
    }
}

/// A struct is its fields, in this order.
macro_rules! coded_struct {
    ($($name:ty { $($field:ident),+ $(,)? })*) => {$(
        impl crate::codec::Coded for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)+
            }
            fn take(input: &mut &[u8]) -> Result<Self, crate::codec::CodecError> {
                $(let $field = crate::codec::Coded::take(input)?;)+
                Ok(Self { $($field),+ })
            }
        }
    )*};
}

/// An enum is the number of its case, and what that case has. What is named after `or` writes some
/// values in a form of their own.
macro_rules! coded_enum {
    ($what:literal $name:ident {
        $($number:literal = $case:ident $(($($item:ident),+))? $({$($field:ident),+})?,)+
    } $(or $other:ident)?) => {
        impl crate::codec::Coded for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(if $other::put(self, out) { return; })?
                match self {
                    $($name::$case $(($($item),+))? $({$($field),+})? => {
                        out.push($number);
                        $($($item.put(out);)+)?
                        $($($field.put(out);)+)?
                    })+
                }
            }
            fn take(input: &mut &[u8]) -> Result<Self, crate::codec::CodecError> {
                let number = u8::take(input)?;
                $(if let Some(found) = $other::take(number, input)? { return Ok(found); })?
                match number {
                    $($number => {
                        $($(let $item = crate::codec::Coded::take(input)?;)+)?
                        $($(let $field = crate::codec::Coded::take(input)?;)+)?
                        Ok($name::$case $(($($item),+))? $({$($field),+})?)
                    })+
                    _ => Err(crate::codec::CodecError::NoSuchCase($what)),
                }
            }
        }
    };
}

pub(crate) use {coded_enum, coded_struct};
