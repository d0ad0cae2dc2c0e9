//! potluck-dialect.
