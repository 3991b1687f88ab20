//! The integration tests of the store, in one binary.

mod env_conformance;
