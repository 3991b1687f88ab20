//! Templates, Markdown task lists, runs and the workflow engine.

pub mod check;
pub mod confine;
pub mod diagnostic;
pub mod exec;
pub mod file;
pub mod output;
pub mod project;
pub mod template;
pub mod text;
pub mod trust;
