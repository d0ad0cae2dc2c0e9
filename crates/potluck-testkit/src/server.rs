//! A small HTTP/1.1 server that can also misbehave.
//!
//! A general server library guards against everything a fault needs to do: cut a chunk in two,
//! reset a connection, stop for ever after the headers. Here an answer is a [`Script`] of bytes,
//! pauses and ends, decided per request on a kept-alive connection, so a good answer and a broken
//! one take the same road. It knows HTTP, and nothing about models.

mod conversation;
mod listener;
mod play;
mod reply;
mod request;
mod script;
mod tls;
mod wire;

pub(crate) use conversation::{Ended, Host};
pub(crate) use listener::{Door, Listening};
pub(crate) use reply::{Event, Framing, Reply, Write};
pub(crate) use request::{Request, content_length, find_header};
pub(crate) use script::{Script, Step, chunk};
pub(crate) use tls::{CertificateError, self_signed};
pub(crate) use wire::Greeting;
