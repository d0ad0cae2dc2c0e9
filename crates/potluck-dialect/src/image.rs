//! Pictures: the doors at which clients ask for them, and the shapes in which providers make them.
//!
//! A provider's shape is a walk of one step or several: what to send, and what the answer to it means (pictures, or
//! a later step). Whoever calls sends the steps; nobody here waits, fetches an address or decodes a picture. Knows no
//! quotas and does not choose who serves.

mod base64;
mod door;
mod escape;
mod form;
mod picture;
mod plan;
mod shape;
mod step;
mod stream;

#[cfg(test)]
mod tests;

pub use self::door::{Asked, Door, Part, wants_picture};
pub use self::picture::{Form, Picture};
pub use self::shape::Shape;
pub use self::step::{
    Ask, File, Head, Later, Made, Method, Phase, Progress, Step, Target, unfiltered,
};
pub use self::stream::Writer;
