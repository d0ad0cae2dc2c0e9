//! potluck-dialect.

pub mod fault;
pub mod rates;
