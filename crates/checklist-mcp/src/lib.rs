//! Tools that are given as values, served to clients of the Model Context Protocol over stdin and stdout.
//!
//! The crate knows the protocol and nothing of checklists: what a tool does is a [`Toolbox`]'s. It is a crate of its
//! own because the protocol brings an async runtime, which nothing else here needs (decision 0067).

mod calls;
mod server;
mod tool;

pub use server::{About, Stop, serve};
pub use tool::{Answer, Call, Hints, Tool, Toolbox};
